package import Sealing

/// Names the pages that a job is about to read. It must be logged before brokers answer. Signed by the grant's job.
package struct Release: StatementContent {
    package static let type = "release"
    package static let longestUntil: Milliseconds = 3_600_000
    package static let maximumConsents = 128
    package static let maximumIDs = 1000
    /// How long after its entry brokers answer it.
    package static let lifetime: Milliseconds = millisecondsPerDay

    /// The ids under one consent, ascending. An index week is the id 12 zero bytes ‖ u32 Monday, so weeks come first.
    package struct Part: Hashable, Sendable {
        package let consent: Hash256
        package let ids: [PageID]

        package init(consent: Hash256, ids: some Sequence<PageID>) {
            self.consent = consent
            self.ids = Set(ids).sorted()
        }

        /// Takes ids that are already in ascending order.
        init(consent: Hash256, ascending ids: [PageID]) {
            self.consent = consent
            self.ids = ids
        }
    }

    package let heading: Heading
    package let grant: Hash256
    /// SHA-256(D("recipient") ‖ key) of the only key that answers are sealed to. Asks carry the key itself, which would
    /// be most of the entry.
    package let recipient: Hash256
    /// Consents ascending.
    package let consents: [Part]

    package init(heading: Heading, grant: Hash256, recipient: SealingPublicKey, consents: [Part]) {
        self.init(heading: heading, grant: grant, recipient: Self.name(of: recipient), consents: consents)
    }

    package init(heading: Heading, grant: Hash256, recipient: Hash256, consents: [Part]) {
        self.heading = heading
        self.grant = grant
        self.recipient = recipient
        self.consents = consents.sorted { $0.consent < $1.consent }
    }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) {
        self.heading = heading
        self.grant = try object.hash("grant")
        self.recipient = try object.hash("recipient")
        var parts: [Part] = []
        // Most releases name a few consents: reserve one array instead of growing it three times.
        parts.reserveCapacity(4)
        try object.eachObject("consents", atMost: Self.maximumConsents) { part throws(FormatError) in
            parts.append(Part(consent: try part.hash("consent"), ascending: try Lists.ids("ids", in: &part)))
        }
        guard zip(parts, parts.dropFirst()).allSatisfy({ $0.consent < $1.consent }) else { throw .notCanonical }
        guard !parts.isEmpty, Self.count(parts) <= Self.maximumIDs else { throw .outOfBounds }
        self.consents = parts
    }

    /// The hash by which a release names a recipient's key.
    package static func name(of recipient: SealingPublicKey) -> Hash256 {
        Hash256(of: recipientDomain, recipient.bytes)
    }

    private static let recipientDomain = D("recipient")

    /// The number of ids that it names.
    package var count: Int { Self.count(consents) }

    private static func count(_ parts: [Part]) -> Int { parts.reduce(0) { $0 + $1.ids.count } }

    /// The consent and id at a position, counted through the consents in order.
    package func position(_ position: Int) -> (consent: Hash256, id: PageID)? {
        var rest = position
        guard rest >= 0 else { return nil }
        for part in consents {
            if rest < part.ids.count { return (part.consent, part.ids[rest]) }
            rest -= part.ids.count
        }
        return nil
    }

    package var members: [CanonicalJSON.Member] {
        [
            .init("grant", .hex(grant)), .init("recipient", .hex(recipient)),
            .init(
                "consents",
                .array(
                    consents.map {
                        .object([.init("consent", .hex($0.consent)), .init("ids", .bytes($0.ids.flatMap(\.bytes)))])
                    })),
        ]
    }
}
