package import Rules
package import Sealing

/// A grant whose job owes an outcome.
package struct OverdueLine: Sendable {
    package enum Reason: Sendable {
        /// It read, its grant is over, and it has said nothing since its last release.
        case missing
        /// It said that it would keep a model until then, and has not said that it disposed of it.
        case kept(model: Hash256)
    }

    package let grant: GrantRecord
    package let purpose: String
    package let reason: Reason
    package let since: Milliseconds

    /// Longest overdue first.
    static func all(_ state: State, _ collector: ReportCollector, now: Milliseconds) -> [OverdueLine] {
        var lines: [OverdueLine] = []
        func add(_ hash: Hash256, _ reason: Reason, since: Milliseconds) {
            guard let grant = state.grants[hash] else { return }
            let name = state.purposes[grant.grant.purpose]?.purpose.name ?? grant.grant.purpose.prefix8
            lines.append(OverdueLine(grant: grant, purpose: name, reason: reason, since: since))
        }
        var newest: [Hash256: [Hash256: Outcome]] = [:]
        var said: [Hash256: UInt64] = [:]
        for logged in collector.outcomes {
            newest[logged.outcome.grant, default: [:]][logged.outcome.model] = logged.outcome
            said[logged.outcome.grant] = logged.index
        }
        for (grant, models) in newest {
            for outcome in models.values where !outcome.disposed && outcome.keptUntil < now {
                add(grant, .kept(model: outcome.model), since: outcome.keptUntil)
            }
        }
        var read: [Hash256: UInt64] = [:]
        for record in state.releases.values {
            read[record.release.grant] = max(read[record.release.grant] ?? 0, record.mark.index)
        }
        for (hash, last) in read where (said[hash] ?? 0) < last {
            guard let grant = state.grants[hash]?.grant, !state.isLive(grant: hash, at: now) else { continue }
            let ends = state.purposes[grant.purpose]?.purpose.ends ?? grant.expires
            let over = min(grant.expires, ends, state.withdrawn[grant.purpose]?.time ?? .max)
            add(hash, .missing, since: over)
        }
        return lines.sorted {
            ($0.since, $0.grant.mark.index, $0.model) < ($1.since, $1.grant.mark.index, $1.model)
        }
    }

    private var model: String {
        if case .kept(let model) = reason { model.hex } else { "" }
    }
}
