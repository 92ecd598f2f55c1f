package import Sealing

/// A roster by which something is opened, or may be soon: a halt must reach it.
package struct StoppableRoster: Sendable, Hashable {
    package enum Standing: String, Sendable {
        /// New consents must name it.
        case inForce = "in force"
        /// An amendment will set it.
        case announced
        /// Only older consents name it.
        case older
    }

    /// The hash of the charter or amendment that set it.
    package let hash: Hash256
    package let groups: [CharterTerms.Group]
    package let standing: Standing
    /// How many consents that are live by the ledger's clock are bound to it; nil if the state does not have them.
    package let liveConsents: Int?

    package var brokers: [CharterTerms.Broker] { groups.flatMap(\.brokers) }

    /// Whether something may be opened by it. A roster in force may have consents that the state does not show yet.
    package var opens: Bool { standing == .inForce || liveConsents != 0 }
}

extension LedgerState {
    /// The roster in force, then those of live consents, then an announced one.
    ///
    /// A state that was made of a charter and amendments alone has no consents. Then every roster may have some.
    package func stoppableRosters(hasConsents: Bool = true) -> [StoppableRoster] {
        var live: [Hash256: Int] = [:]
        for (hash, record) in consents where isLive(consent: hash) { live[record.consent.rosterHash, default: 0] += 1 }
        var found: [StoppableRoster] = []
        func add(_ hash: Hash256, _ groups: [CharterTerms.Group]?, _ standing: StoppableRoster.Standing) {
            guard let groups else { return }
            let count = hasConsents ? live[hash] ?? 0 : nil
            found.append(StoppableRoster(hash: hash, groups: groups, standing: standing, liveConsents: count))
        }
        if let roster { add(roster, rosters[roster], .inForce) }
        let older = hasConsents ? Set(live.keys) : Set(rosters.keys)
        for hash in older.sorted() where hash != roster { add(hash, rosters[hash], .older) }
        if let pending, let charter, !pending.amend.terms.hasSameRoster(as: charter.terms) {
            found.append(
                StoppableRoster(
                    hash: pending.hash, groups: pending.amend.terms.groups, standing: .announced, liveConsents: 0))
        }
        return found
    }
}
