import Ledger
import Rules
import Sealing

extension Sequencer {
    /// The values for the metrics.
    func figures() -> (size: UInt64, published: UInt64, queue: Int) {
        (writer.size, published?.size ?? 0, queue.count)
    }

    /// Seconds since a quorum cosigned the published checkpoint.
    func headAge() -> Double? {
        guard let policy = state.charter?.terms.checkpointPolicy(origin: state.origin), let note = published?.note,
            let cosigned = (try? policy.verify(note))?.quorumTime
        else { return nil }
        return max(0, Double(now().rawValue) / 1_000 - Double(cosigned.rawValue))
    }

    /// Whether the next stamp and the time at which a quorum cosigned last are no further apart than the terms allow.
    var isClockSound: Bool {
        guard let quorumTime = confirmed?.quorumTime.map({ Milliseconds($0) }) else { return false }
        let (stamp, tolerance) = (max(now(), state.clock), terms.tolerance)
        return stamp <= quorumTime + tolerance && quorumTime <= stamp + tolerance
    }
}
