package import Sealing

/// New terms that take effect after a notice. Signed by a quorum of every role of the charter in force and by each new
/// key.
package struct Amend: StatementContent {
    package static let type = "amend"
    /// The hash of the charter or amendment in force.
    package let amends: Hash256
    package let heading: Heading
    package let terms: CharterTerms
    /// How long after its entry it takes effect. At least the minimum notice in force.
    package let notice: Milliseconds
    /// Whether consents to older rosters end when it takes effect.
    package let ends: Bool

    package init(amends: Hash256, heading: Heading, terms: CharterTerms, notice: Milliseconds, ends: Bool) {
        self.amends = amends
        self.heading = heading
        self.terms = terms
        self.notice = notice
        self.ends = ends
    }

    /// Reads the members. Only in this statement the first member is not the origin.
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
