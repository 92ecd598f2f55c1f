import Ledger
import Rules
package import Sealing

/// How freshly each cosigner signed the checkpoints that this machine knows.
package struct WitnessLines: Sendable {
    package struct Line: Sendable {
        package let name: String
        package let kind: String
        /// When it cosigned, ascending.
        package let times: [Milliseconds]
        /// How many of the checkpoints carry its line.
        package let signed: Int
        /// Whether it cosigned the newest.
        package let isOnNewest: Bool
        /// For each column of time, the share of its checkpoints that carry the line, 0 to 1; nil where no checkpoint
        /// is known.
        package let columns: [Double?]

        package var last: Milliseconds? { times.last }
        package var longestSilence: Milliseconds { zip(times, times.dropFirst()).map { $1 - $0 }.max() ?? 0 }
    }

    package let lines: [Line]
    /// How many checkpoints are known, including the newest.
    package let checkpoints: Int
    package let from: Milliseconds
    package let to: Milliseconds

    static let columns = 96

    /// Every checkpoint must belong to the log: signed by a key of one of its charters, with the root of the log's
    /// first entries. Otherwise throws `.tampering` with rule `heads.signature` or `heads.root`.
    init(_ log: Replayed, _ collector: ReportCollector, checkpoints notes: [SignedNote]) throws(CofferError) {
        var checkpoints = [log.checkpoint]
        for note in notes where note != log.checkpoint.note {
            checkpoints.append(try log.verified(kept: note) { collector.roots[$0] })
        }
        self.checkpoints = checkpoints.count
        let moments = checkpoints.map { Milliseconds($0.cosignatures.values.max() ?? 0) }
        let from = moments.min() ?? 0
        let to = max(from, log.cosigned, moments.max() ?? 0)
        self.from = from
        self.to = to
        func column(_ time: Milliseconds) -> Int {
            to == from ? 0 : min(Self.columns - 1, Int(clamping: (time - from) * Self.columns / (to - from)))
        }
        let terms = log.state.charter?.terms
        let named =
            (terms?.brokers ?? []).map { ($0.name, "broker", $0.cosigner) }
            + (terms?.witnesses ?? []).map { ($0.name, "outside witness", $0.key) }
        lines = named.map { name, kind, key in
            let key = NoteKey(cosigner: key)
            var seen = Array(repeating: 0, count: Self.columns)
            var signed = seen
            for (checkpoint, moment) in zip(checkpoints, moments) {
                seen[column(moment)] += 1
                if checkpoint.cosignatures[key] != nil { signed[column(moment)] += 1 }
            }
            let times = Set(checkpoints.compactMap { $0.cosignatures[key].map { Milliseconds($0) } }).sorted()
            return Line(
                name: name, kind: kind, times: times, signed: signed.reduce(0, +),
                isOnNewest: log.checkpoint.cosignatures[key] != nil,
                columns: zip(seen, signed).map { $0 == 0 ? nil : Double($1) / Double($0) })
        }
    }
}
