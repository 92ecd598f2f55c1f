package import Sealing

/// A witness's state for a log: the last checkpoint that it cosigned.
package struct WitnessState: Hashable, Sendable {
    package let size: SaturatingUInt64
    package let root: Hash256
    /// The time of that cosignature; zero without one.
    package let time: Seconds

    package init(size: SaturatingUInt64, root: Hash256, time: Seconds = 0) {
        self.size = size
        self.root = root
        self.time = time
    }

    /// The state before the first cosignature.
    package static let empty = WitnessState(size: 0, root: Merkle.emptyRoot)
}

/// The status table of `add-checkpoint` (c2sp.org/tlog-witness@v1.0.0), without I/O.
package enum WitnessJudge {
    package enum Refusal: Error, Hashable, Sendable {
        /// 400: the body is not in its format.
        case malformed
        /// 404: not one of this witness's logs.
        case unknownOrigin
        /// 403: no signature by the log, or one that does not verify.
        case notTheLog
        /// 400: the old size is above the checkpoint's.
        case oldSizeTooLarge
        /// 409: the witness last cosigned this size.
        case conflict(size: SaturatingUInt64)
        /// 422: the proof does not show that the log only grew.
        case inconsistent
        /// 503: this witness's clock is far below its last cosignature.
        case clockIsBehind
        /// 503: a new entry is stamped ahead of this witness's clock, or is not served.
        case notTimely

        package var status: Int {
            switch self {
            case .malformed, .oldSizeTooLarge: 400
            case .notTheLog: 403
            case .unknownOrigin: 404
            case .conflict: 409
            case .inconsistent: 422
            case .clockIsBehind, .notTimely: 503
            }
        }
    }

    /// A checkpoint that the witness may cosign.
    package struct Accepted: Hashable, Sendable {
        package let checkpoint: Checkpoint
        /// The checkpoint's text with the log's verified signatures only: lines by unknown keys are never stored.
        package let note: SignedNote
    }

    /// Judges a request against the last state. The caller must store the new one before it answers.
    package static func judge(
        _ request: AddCheckpoint, keys: [NoteKey], last: WitnessState
    ) throws(Refusal) -> Accepted {
        guard let checkpoint = try? Checkpoint(parsing: request.note.text) else { throw .malformed }
        let note = try logSigned(request.note, keys: keys)
        guard request.oldSize <= checkpoint.size else { throw .oldSizeTooLarge }
        guard request.oldSize == last.size else { throw .conflict(size: last.size) }
        guard checkpoint.size > 0 || checkpoint.root == Merkle.emptyRoot,
            Merkle.verifyConsistency(
                from: last.size.rawValue, to: checkpoint.size.rawValue, oldRoot: last.root, newRoot: checkpoint.root,
                proof: request.proof)
        else { throw .inconsistent }
        return Accepted(checkpoint: checkpoint, note: note)
    }

    /// The time to sign with. A witness never signs below its last time, so that its cosignatures stay in
    /// order: a clock that is a little below waits there, and one that is further below was wrong once.
    package static func time(now: Seconds, last: Seconds, tolerance: Seconds) throws(Refusal) -> Seconds {
        guard now + tolerance >= last else { throw .clockIsBehind }
        return min(max(1, now, last), Cosignature.maximumTime)
    }

    private static func logSigned(_ note: SignedNote, keys: [NoteKey]) throws(Refusal) -> SignedNote {
        var lines: [NoteSignature] = []
        for line in note.signatures {
            guard let key = keys.first(where: { $0.matches(line) }) else { continue }
            guard key.verifies(line, over: note.text) else { throw .notTheLog }
            if !lines.contains(line) { lines.append(line) }
        }
        guard !lines.isEmpty, let note = try? SignedNote(text: note.text, signatures: lines) else { throw .notTheLog }
        return note
    }
}
