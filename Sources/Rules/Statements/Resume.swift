package import Sealing

/// Lifts the accepted halts it names. Signed by a quorum of reviewers.
package struct Resume: StatementContent {
    package static let type = "resume"
    package let heading: Heading
    /// Ascending, 1 … 256.
    package let halts: [Hash256]

    package init(heading: Heading, halts: some Sequence<Hash256>) {
        self.heading = heading
        self.halts = Set(halts).sorted()
    }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) {
        self.heading = heading
        self.halts = try Lists.hashes("halts", in: &object, atMost: 256)
    }

    package var members: [CanonicalJSON.Member] { [.init("halts", .strings(halts.map(\.hex)))] }
}
