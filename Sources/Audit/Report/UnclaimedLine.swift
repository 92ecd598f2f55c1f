package import Rules
import Sealing

/// The releases of a grant that no logged manifest names, from the rules by which outcomes can name them.
package struct UnclaimedLine: Sendable {
    package let grant: GrantRecord
    package let purpose: String
    /// Their entries, ascending.
    package let releases: [UInt64]

    /// In the order of the grants. A manifest counts only for its own grant.
    static func all(_ state: LedgerState, _ collector: ReportCollector) -> [UnclaimedLine] {
        var named: [Hash256: Set<UInt64>] = [:]
        for logged in collector.outcomes {
            named[logged.outcome.grant, default: []].formUnion(
                (logged.outcome.manifest?.releases ?? []).map(\.rawValue))
        }
        var left: [Hash256: [UInt64]] = [:]
        for record in state.releases.values where state.rules(at: record.mark) >= .four {
            let grant = record.release.grant
            if named[grant]?.contains(record.mark.index) != true { left[grant, default: []].append(record.mark.index) }
        }
        return left.compactMap { hash, releases in
            state.grants[hash].map { grant in
                UnclaimedLine(grant: grant, purpose: state.purposeName(of: grant.grant), releases: releases.sorted())
            }
        }.sorted { $0.grant.mark.index < $1.grant.mark.index }
    }
}
