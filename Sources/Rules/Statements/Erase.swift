package import Sealing

/// Erases pages under a consent: brokers never answer for them again. Stopping; signed by the pseudonym.
package struct Erase: StatementContent {
    package static let type = "erase"
    package static let isStopping = true
    package let heading: Heading
    package let pseudonym: VerifyingKey
    package let consent: Hash256
    /// Ascending, distinct.
    package let pages: [PageID]

    package init(origin: String, pseudonym: VerifyingKey, consent: Hash256, pages: some Sequence<PageID>) {
        self.init(
            heading: Heading(origin: origin, until: nil), pseudonym: pseudonym, consent: consent, pages: pages)
    }

    package init(heading: Heading, pseudonym: VerifyingKey, consent: Hash256, pages: some Sequence<PageID>) {
        self.heading = heading
        self.pseudonym = pseudonym
        self.consent = consent
        self.pages = Set(pages).sorted()
    }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) {
        self.heading = heading
        self.pseudonym = try object.key("pseudonym")
        self.consent = try object.hash("consent")
        self.pages = try Lists.ids("pages", in: &object)
    }

    package var members: [CanonicalJSON.Member] {
        [
            .init("pseudonym", .hex(pseudonym.hash)), .init("consent", .hex(consent)),
            .init("pages", .bytes(pages.flatMap(\.bytes))),
        ]
    }
}
