import Rules
import Sealing
import Synchronization

/// Stops that brokers received over the network; the observer reads them after each step.
final class HandedStops: Sendable {
    struct Handed: Sendable {
        let broker: String
        let note: Bytes
        let isSigned: Bool
    }

    private let handed = Mutex<[Handed]>([])

    func add(_ note: Bytes, to broker: String, isSigned: Bool) {
        handed.withLock { $0.append(Handed(broker: broker, note: note, isSigned: isSigned)) }
    }

    func take() -> [Handed] {
        handed.withLock { handed in
            defer { handed = [] }
            return handed
        }
    }
}

/// What laptops do with their stops.
extension Oracle {
    /// Reads new entries, and the stops that brokers have received from laptops.
    func observe(_ world: World) {
        look(at: world)
        let filings = Dictionary(world.people.flatMap(\.stops).map { ($0.bytes, $0) }) { first, _ in first }
        for stop in world.handed.take() {
            guard let filing = filings[stop.note] else { continue }
            handsOver(filing, to: stop.broker)
            if stop.isSigned { stopped(stop.broker, filing) }
        }
    }

    /// A laptop says that a stop is effective: n − t + 1 brokers of one group of its consent's own roster must have
    /// signed a receipt for it.
    func claimed(_ filing: Filing, by person: String) {
        let roster = rosters[person].flatMap { history.shapes(of: $0) } ?? []
        let isStopped = zip(roster, Cast.terms.groups).contains { shape, group in
            let signed = group.brokers.count { signers[filing.hash]?.contains($0.name) == true }
            return signed >= shape.count - shape.threshold + 1
        }
        expect(isStopped, "\(person) is told that \(filing.label) is effective, and brokers of its roster can answer")
    }

    /// A laptop no longer keeps a stop: its effect must stand in the log that this laptop has followed.
    func dropped(_ filing: Filing, by person: String, root: Hash256?) {
        let prefix = root.flatMap(history.prefix)
        expect(
            prefix.map { hasQuorum($0) && $0.model.shows(filing.statement) } ?? false,
            "\(person) has dropped \(filing.label) before it stands in the log")
    }
}

extension Model {
    /// Whether what a stop brings about stands, by whichever entry.
    func shows(_ statement: Statement) -> Bool {
        switch statement {
        case .revoke(let revoke): return revoked.contains(revoke.pseudonym)
        case .erase(let erase):
            let others = consents.contains { $0.value.pseudonym == erase.pseudonym && $0.key != erase.consent }
            let gone = (erased[erase.consent] ?? []).filter { $0.by == erase.pseudonym }
            return revoked.contains(erase.pseudonym) || others
                || gone.reduce(into: Set<PageID>()) { $0.formUnion($1.pages) }.isSuperset(of: erase.pages)
        default: return false
        }
    }
}
