import Ledger
import Messages
import Rules
import Sealing

extension Sequencer {
    /// A statement that waits for its entry, and the request that brought it.
    struct Queued {
        let candidate: Admission.Candidate
        let answer: CheckedContinuation<AppendAnswer, any Error>
    }

    /// A committed entry, and the request that waits for its publication.
    struct Waiting {
        let index: UInt64
        let time: Milliseconds
        let verdict: Verdict
        let isDuplicate: Bool
        let answer: CheckedContinuation<AppendAnswer, any Error>
    }
}
