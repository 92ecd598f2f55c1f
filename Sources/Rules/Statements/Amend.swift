package import Sealing

/// New terms after a notice, signed by a quorum of every role of the charter in force and by each new key.
package struct Amend: StatementContent {
    package static let type = "amend"
    /// The hash of the charter or amendment in force.
    package let amends: Hash256
    package let heading: Heading
    package let terms: CharterTerms
    /// How long after its entry it takes effect; the minimum notice in force is the least.
    package let notice: Milliseconds
    /// Whether consents to older rosters end then.
    package let ends: Bool

    package init(amends: Hash256, heading: Heading, terms: CharterTerms, notice: Milliseconds, ends: Bool) {
        self.amends = amends
        self.heading = heading
        self.terms = terms
        self.notice = notice
        self.ends = ends
    }

    /// The one statement whose first member is not its origin.
    package init(reading object: inout CanonicalObject) throws(FormatError) {
        let amends = try object.hash("amends")
        let heading = try Heading(reading: &object, isStopping: Self.isStopping)
        self.init(
            amends: amends, heading: heading, terms: try CharterTerms(reading: &object),
            notice: try object.milliseconds("notice"), ends: try object.boolean("ends"))
    }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) { throw .notCanonical }

    package var members: [CanonicalJSON.Member] {
        terms.members + [.init("notice", .milliseconds(notice)), .init("ends", .boolean(ends))]
    }

    package var text: Bytes {
        NoteText.make(Self.type, [.init("amends", .hex(amends))] + heading.members + members)
    }

    package var hash: Hash256 { Hash256(of: D("statement"), text) }
}
