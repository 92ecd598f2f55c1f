import Synchronization

/// Runs many seeds, one after the other on each core.
package struct Campaign: Sendable {
    package let from: UInt64
    package let count: Int
    package let bug: PlantedBug?
    /// Whether to stop after the first broken invariant.
    package let stopsAtFirst: Bool
    /// No seed is begun once this is true.
    private let isLate: @Sendable () -> Bool

    package init(
        from: UInt64, count: Int, bug: PlantedBug? = nil, stopsAtFirst: Bool = false,
        isLate: @escaping @Sendable () -> Bool = { false }
    ) {
        self.from = from
        self.count = count
        self.bug = bug
        self.stopsAtFirst = stopsAtFirst
        self.isLate = isLate
    }

    /// The result of the runs.
    package struct CampaignReport: Sendable {
        package var runs = 0
        package var failures: [RunResult] = []
        package var tally: [String: Int] = [:]

        /// Events that must happen within a thousand runs; otherwise the runs prove nothing.
        package static let mustHappen = [
            "asks answered", "asks answered in sessions", "sessions opened", "openings relayed", "asks refused",
            "pages opened", "pages that liars spoiled", "lies that opened nothing",
            "answers by liars", "stops taken", "deposits", "forks shown", "forks with a quorum", "forks found",
            "usurpations shown",
            "crashes", "restarts", "states kept", "older disks", "older disks after a destruction", "disk faults",
            "clock jumps", "clock jumps of years", "wrong time servers",
            "partitions", "letters lost", "letters repeated", "statements censored", "answers forged", "stops settled",
            "stops said to be effective", "runs mended", "coalitions",
        ]

        /// The required events that did not happen.
        package var idle: [String] { runs < 1_000 ? [] : Self.mustHappen.filter { tally[$0] ?? 0 == 0 } }

        fileprivate mutating func add(_ result: RunResult) {
            runs += 1
            for (what, number) in result.tally { tally[what, default: 0] += number }
            if !result.violations.isEmpty { failures.append(result) }
        }
    }

    private final class Progress: Sendable {
        let next: Atomic<UInt64>
        let isOver = Atomic<Bool>(false)
        let report = Mutex(CampaignReport())
        init(from: UInt64) { next = Atomic(from) }
    }

    package func run(workers: Int = 2) async -> CampaignReport {
        let progress = Progress(from: from)
        let end = from + UInt64(count)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<workers {
                group.addTask {
                    while !progress.isOver.load(ordering: .relaxed), !isLate() {
                        let seed = progress.next.add(1, ordering: .relaxed).oldValue
                        guard seed < end else { return }
                        let result = await World(seed: seed, bug: bug).run()
                        progress.report.withLock { $0.add(result) }
                        if stopsAtFirst, !result.violations.isEmpty { progress.isOver.store(true, ordering: .relaxed) }
                    }
                }
            }
        }
        return progress.report.withLock { $0 }
    }
}
