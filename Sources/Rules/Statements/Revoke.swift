package import Sealing

/// Ends a pseudonym's consent for ever, even before it exists. Stopping; signed by the pseudonym.
package struct Revoke: StatementContent {
    package static let type = "revoke"
    package static let isStopping = true
    package let heading: Heading
    package let pseudonym: VerifyingKey

    package init(origin: String, pseudonym: VerifyingKey) {
        self.init(heading: Heading(origin: origin, until: nil), pseudonym: pseudonym)
    }

    package init(heading: Heading, pseudonym: VerifyingKey) {
        self.heading = heading
        self.pseudonym = pseudonym
    }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) {
        self.heading = heading
        self.pseudonym = try object.key("pseudonym")
    }

    package var members: [CanonicalJSON.Member] { [.init("pseudonym", .hex(pseudonym.hash))] }
}
