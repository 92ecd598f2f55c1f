package import Sealing

/// Enrols pseudonyms, which may consent from then on. All are accepted or none. Signed by the desk.
package struct Enrol: StatementContent {
    package static let type = "enrol"
    package static let maximumPseudonyms = 500
    package let heading: Heading
    /// The hash of the charter or amendment in force.
    package let charter: Hash256
    /// Ascending, 1 … 500.
    package let pseudonyms: [VerifyingKey]

    package init(heading: Heading, charter: Hash256, pseudonyms: some Sequence<VerifyingKey>) {
        self.heading = heading
        self.charter = charter
        self.pseudonyms = Set(pseudonyms).sorted()
    }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) {
        self.heading = heading
        self.charter = try object.hash("charter")
        self.pseudonyms = try Lists.keys("pseudonyms", in: &object, atMost: Self.maximumPseudonyms)
    }

    package var members: [CanonicalJSON.Member] {
        [.init("charter", .hex(charter)), .init("pseudonyms", .strings(pseudonyms.map(\.hex)))]
    }
}
