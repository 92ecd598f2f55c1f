package import Sealing

/// Ends a purpose for ever, even one that arrives later. Stopping; signed by a quorum of reviewers.
package struct Withdraw: StatementContent {
    package static let type = "withdraw"
    package static let isStopping = true
    package let heading: Heading
    package let purpose: Hash256

    package init(origin: String, purpose: Hash256) {
        self.init(heading: Heading(origin: origin, until: nil), purpose: purpose)
    }

    package init(heading: Heading, purpose: Hash256) {
        self.heading = heading
        self.purpose = purpose
    }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) {
        self.heading = heading
        self.purpose = try object.hash("purpose")
    }

    package var members: [CanonicalJSON.Member] { [.init("purpose", .hex(purpose))] }
}
