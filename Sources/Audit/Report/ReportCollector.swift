import Ledger
import Rules
import Sealing

/// Collects what a report needs and the state does not keep: refusals, each broker's destructions, each outcome, and
/// the roots of earlier checkpoints. It gets every entry of a replay in order.
package struct ReportCollector: Sendable {
    /// A rule that refused entries.
    struct Rule: Sendable {
        var count = 0
        /// The message of the last refusal.
        var message = ""
        var last: UInt64 = 0
    }

    /// Up to which tree size a broker had destroyed what ended, and since when.
    struct Reach: Sendable {
        let size: UInt64
        let time: Milliseconds
    }

    struct LoggedOutcome: Sendable {
        let outcome: Outcome
        let index: UInt64
        let time: Milliseconds
    }

    private(set) var rules: [String: Rule] = [:]
    private(set) var reaches: [VerifyingKey: [Reach]] = [:]
    private(set) var outcomes: [LoggedOutcome] = []
    private(set) var roots: [UInt64: Hash256] = [:]
    private(set) var clock: Milliseconds = 0
    private(set) var began: Milliseconds = 0
    private var frontier = MerkleFrontier()
    private let wanted: Set<UInt64>

    /// `sizes` are the sizes of the earlier checkpoints that will be compared with the log.
    package init(sizes: Set<UInt64> = []) { self.wanted = sizes }

    package mutating func visit(_ replayed: ReplayedEntry) {
        clock = max(clock, replayed.stamp)
        if replayed.index == 0 { began = clock }
        if !wanted.isEmpty {
            frontier.append(leafHash: Merkle.leafHash(replayed.entry.encoded))
            if wanted.contains(frontier.size) { roots[frontier.size] = frontier.root }
        }
        switch replayed.verdict {
        case .refused(let refusal):
            rules[refusal.rule, default: Rule()].count += 1
            rules[refusal.rule]?.message = refusal.message
            rules[refusal.rule]?.last = replayed.index
        case .accepted:
            // Few of a million entries have these two types, so the others are not parsed again.
            guard Self.kept.contains(where: { replayed.note.starts(with: $0) }),
                let note = try? SignedNote(parsing: replayed.note)
            else { return }
            switch try? Statement(parsing: note.text) {
            case .destroyed(let destroyed):
                let known = reaches[destroyed.broker]?.last?.size ?? 0
                let size = destroyed.size.rawValue
                if size > known {
                    reaches[destroyed.broker, default: []].append(Reach(size: size, time: clock))
                }
            case .outcome(let outcome):
                outcomes.append(LoggedOutcome(outcome: outcome, index: replayed.index, time: clock))
            default: break
            }
        }
    }

    private static let kept = [Destroyed.type, Outcome.type].map { Array("coffer/v1/\($0)\n".utf8) }

    /// When a broker first logged that it holds nothing of consents that had ended before this size.
    func destroyed(by broker: VerifyingKey, size: UInt64) -> Milliseconds? {
        guard let reaches = reaches[broker] else { return nil }
        var low = 0
        var high = reaches.count
        while low < high {
            let middle = (low + high) / 2
            if reaches[middle].size < size { low = middle + 1 } else { high = middle }
        }
        return low < reaches.count ? reaches[low].time : nil
    }
}
