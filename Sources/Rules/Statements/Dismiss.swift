package import Sealing

/// Ends pseudonyms and their consents. Stopping; signed by the desk.
package struct Dismiss: StatementContent {
    package static let type = "dismiss"
    package static let isStopping = true
    package let heading: Heading
    /// Ascending, 1 … 500.
    package let pseudonyms: [VerifyingKey]

    package init(origin: String, pseudonyms: some Sequence<VerifyingKey>) {
        self.init(heading: Heading(origin: origin, until: nil), pseudonyms: pseudonyms)
    }

    package init(heading: Heading, pseudonyms: some Sequence<VerifyingKey>) {
        self.heading = heading
        self.pseudonyms = Set(pseudonyms).sorted()
    }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) {
        self.heading = heading
        self.pseudonyms = try Lists.keys("pseudonyms", in: &object, atMost: Enrol.maximumPseudonyms)
    }

    package var members: [CanonicalJSON.Member] { [.init("pseudonyms", .strings(pseudonyms.map(\.hex)))] }
}
