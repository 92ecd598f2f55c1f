package import Rules
package import Sealing

/// The broker groups that a consent is bound to. Receipts of brokers of another roster say nothing about it: they hold
/// none of its sub-keys.
package struct StopRoster: Sendable, Equatable {
    /// The hash of the charter or amendment that set it; nil on a revocation card of version 1.
    package let hash: Hash256?
    package let groups: [StopGroup]

    package init(hash: Hash256?, groups: [StopGroup]) {
        self.hash = hash
        self.groups = groups
    }

    /// Whether the brokers that signed receipts are so many of one group that the others cannot evaluate anything.
    package func isStopped(by receipts: [VerifyingKey]) -> Bool { groups.contains { $0.isStopped(by: receipts) } }

    var json: CanonicalJSON {
        .object((hash.map { [.init("roster", .hex($0))] } ?? []) + [.init("groups", .array(groups.map(\.json)))])
    }

    init(reading object: inout CanonicalObject) throws(FormatError) {
        hash = object.nextName == "roster" ? try object.hash("roster") : nil
        groups = try object.objects("groups", atMost: 64) { group throws(FormatError) in
            try StopGroup(reading: &group)
        }
    }
}

extension LedgerState {
    /// The roster of this hash, with each broker at its newest address.
    package func stopRoster(_ hash: Hash256) -> StopRoster? {
        rosters[hash].map { StopRoster(hash: hash, groups: $0.map(StopGroup.init)) }
    }

    /// The roster that a pseudonym's consent is bound to; nil if the state has no such consent.
    package func stopRoster(ofPseudonym pseudonym: VerifyingKey) -> StopRoster? {
        pseudonyms[pseudonym]?.consent.flatMap(stopRoster(ofConsent:))
    }

    package func stopRoster(ofConsent consent: Hash256) -> StopRoster? {
        consents[consent].flatMap { stopRoster($0.consent.rosterHash) }
    }
}
