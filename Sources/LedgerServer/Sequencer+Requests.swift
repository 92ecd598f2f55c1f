import Ledger
import Messages
import Rules
import Sealing
import Serving

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

    /// The stamp of an entry in a log of this size. Little more than the stamp is read.
    static func stamp(of index: UInt64, size: UInt64, in tiles: TileDirectory) throws(ServerFailure) -> Milliseconds {
        try reading { try Entry.stamp(of: tiles.entry(index, size: size)[...]) }
    }

    private static func reading<R>(_ body: () throws -> R) throws(ServerFailure) -> R {
        do { return try body() } catch { throw .tryLater("The ledger cannot read its tiles.") }
    }

    /// The answer with its proof in the published checkpoint.
    static func answer(
        _ entry: Answered, _ published: (note: SignedNote, size: UInt64), in tree: Tree<TileHashes>
    ) throws(ServerFailure) -> AppendAnswer {
        let proof = try reading { try tree.inclusionProof(index: entry.index) }
        return AppendAnswer(
            index: SaturatingUInt64(rawValue: entry.index), time: entry.time, verdict: entry.verdict,
            isDuplicate: entry.isDuplicate, checkpoint: published.note,
            size: SaturatingUInt64(rawValue: published.size), proof: proof)
    }
}
