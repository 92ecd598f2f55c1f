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

    /// What is answered about an entry, once it is published.
    struct Answered {
        let index: UInt64
        let time: Milliseconds
        let verdict: Verdict
        let isDuplicate: Bool
    }

    /// A committed entry, and the request that waits for its publication.
    struct Waiting {
        let entry: Answered
        let answer: CheckedContinuation<AppendAnswer, any Error>

        init(_ entry: Answered, answer: CheckedContinuation<AppendAnswer, any Error>) {
            self.entry = entry
            self.answer = answer
        }
    }

    /// Where a statement stands that was sent again: its entry, the log's size, and what is published.
    struct Logged: Sendable {
        let index: UInt64
        let size: UInt64
        let published: (note: SignedNote, size: UInt64)?
    }
}
