package import Rules
package import Sealing

/// A grant whose job has an outcome overdue.
package struct OverdueLine: Sendable {
    package enum Reason: Sendable {
        /// The job read, its grant is over, and it has logged no outcome since its last release.
        case missing
        /// The job kept a model until a time that has passed, and has not logged that it disposed of it.
        case kept(model: Hash256)
    }

    package let grant: GrantRecord
    package let purpose: String
    package let reason: Reason
    package let since: Milliseconds

    /// Longest overdue first.
    static func all(_ state: LedgerState, _ collector: ReportCollector, now: Milliseconds) -> [OverdueLine] {
        var lines = missing(state, now: now)
        var newest: [Hash256: [Hash256: Outcome]] = [:]
        for logged in collector.outcomes {
            newest[logged.outcome.grant, default: [:]][logged.outcome.model] = logged.outcome
        }
        for (grant, models) in newest {
            for outcome in models.values where !outcome.disposed && outcome.keptUntil < now {
                if let line = OverdueLine(grant, in: state, .kept(model: outcome.model), since: outcome.keptUntil) {
                    lines.append(line)
                }
            }
        }
        return lines.sorted(by: isBefore)
    }

    /// The lines of reason `missing`, from the state only.
    static func missing(_ state: LedgerState, now: Milliseconds) -> [OverdueLine] {
        var lines: [OverdueLine] = []
        var read: [Hash256: UInt64] = [:]
        for record in state.releases.values {
            read[record.release.grant] = max(read[record.release.grant] ?? 0, record.mark.index)
        }
        for (hash, last) in read where (state.outcomes[hash]?.last?.index ?? 0) < last {
            guard let grant = state.grants[hash]?.grant, state.hasEnded(grant: hash, at: now) else { continue }
            let ends = state.purposes[grant.purpose]?.purpose.ends ?? grant.expires
            let over = min(grant.expires, ends, state.withdrawn[grant.purpose]?.time ?? .max)
            if let line = OverdueLine(hash, in: state, .missing, since: over) { lines.append(line) }
        }
        return lines.sorted(by: isBefore)
    }

    private init?(_ hash: Hash256, in state: LedgerState, _ reason: Reason, since: Milliseconds) {
        guard let grant = state.grants[hash] else { return nil }
        self.grant = grant
        self.purpose = state.purposeName(of: grant.grant)
        self.reason = reason
        self.since = since
    }

    private static func isBefore(_ a: OverdueLine, _ b: OverdueLine) -> Bool {
        (a.since, a.grant.mark.index, a.model) < (b.since, b.grant.mark.index, b.model)
    }

    private var model: String {
        if case .kept(let model) = reason { model.hex } else { "" }
    }
}
