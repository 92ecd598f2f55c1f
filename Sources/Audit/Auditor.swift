/// Audit: answers questions from a log, without an account and without trust in the server that holds it.
///
/// `Auditor` replays a log from its pinned charter and checks every signature, root and verdict. From the replay come
/// `Affected` (whose pages were released to which job), `Report` (the page for people), `Explanation` (one entry in
/// words), `TileCheck` (a mirror's files) and `ProofMaker` (proofs to check offline). `EvidenceVerdict` and
/// `StateEvidence` judge evidence files. `Watch` compares the checkpoints of all servers.
///
/// The module imports `Client` and `Replica` and what is below them, no server and no broker. It holds no secret key.
/// The same log gives the same report, byte for byte.

package import Ledger
package import Replica
package import Rules
package import Sealing

/// One entry and the verdict of `apply` on it.
package struct ReplayedEntry: Sendable {
    package let index: UInt64
    package let stamp: Milliseconds
    /// The note's bytes, as the log holds them.
    package let note: ArraySlice<UInt8>
    package let verdict: Verdict

    package var entry: Entry { Entry(stamp: stamp, note: Array(note)) }
}

/// A log, replayed to its checkpoint.
package struct Replayed: Sendable {
    package let state: LedgerState
    /// The checkpoint over exactly these entries, signed by the ledger and cosigned by a quorum.
    package let checkpoint: VerifiedCheckpoint
    /// How many cosigners there are, and how many must sign.
    package let cosigners: Int
    package let quorum: Int
    package let accepted: UInt64
    package let refused: UInt64
    /// The states at the sizes that the caller asked for.
    package let reached: [UInt64: LedgerSnapshot]

    /// When a quorum had cosigned the checkpoint.
    package var cosigned: Milliseconds { Milliseconds(checkpoint.quorumTime ?? 0) }

    /// Whether the checkpoint is as fresh as a broker would ask for.
    package func isFresh(now: Milliseconds) -> Bool { cosigned + (state.charter?.terms.freshness ?? 0) >= now }
}

/// Replays a log from its pinned charter: a server's, a broker's or a mirror's files. It needs no account.
///
/// The source is not trusted: signatures, quorum, tree root and every verdict are checked.
package struct Auditor: Sendable {
    package let pin: Pin
    private let source: any EntrySource

    package init(pin: Pin, source: any EntrySource) {
        self.pin = pin
        self.source = source
    }

    /// Passes every entry to `visit` in order. Entries are read and checked ahead on all cores, some hundred at a time.
    /// With `retention: .needed` memory does not grow with the log. The states at the given sizes are remembered.
    package func replay(
        retention: Retention = .everything, remembering sizes: Set<UInt64> = [],
        _ visit: (ReplayedEntry) throws(CofferError) -> Void = { _ in }
    ) async throws(CofferError) -> Replayed {
        let (note, checkpoint) = try await newest()
        var log = LogReplay(pin: pin, retention: retention, watching: sizes)
        var index: UInt64 = 0
        var accepted: UInt64 = 0
        try await log.append(from: BundleReader(source), to: checkpoint.size.rawValue) {
            entry, verdict throws(CofferError) in
            if verdict.isAccepted { accepted += 1 }
            try visit(
                ReplayedEntry(
                    index: index, stamp: entry.stamp, note: entry.bytes.dropFirst(Entry.stampCount), verdict: verdict))
            index += 1
        }
        guard log.root == checkpoint.root else {
            throw Self.tampering("The entries do not match the checkpoint's root.", "entries.root")
        }
        guard let policy = log.state.charter?.terms.checkpointPolicy(origin: pin.origin) else {
            throw Self.tampering("The log's charter names no usable ledger key.", "charter.keys")
        }
        return Replayed(
            state: log.state, checkpoint: try Self.verify(note, policy), cosigners: policy.witnesses.count,
            quorum: policy.quorum, accepted: accepted, refused: checkpoint.size.rawValue - accepted,
            reached: log.reached)
    }

    private func newest() async throws(CofferError) -> (SignedNote, Checkpoint) {
        let bytes = try await source.checkpoint()
        guard let note = try? SignedNote(checkpoint: bytes), let checkpoint = try? Checkpoint(parsing: note.text) else {
            throw Self.tampering("The checkpoint is malformed.", "head.format")
        }
        guard checkpoint.origin.hasSameBytes(as: pin.origin) else {
            throw Self.tampering("The checkpoint belongs to another ledger.", "head.origin")
        }
        guard checkpoint.size > 0 else {
            throw CofferError(.tryLater, "The ledger has no entries yet.", rule: "head.empty")
        }
        return (note, checkpoint)
    }

    private static func verify(_ note: SignedNote, _ policy: CheckpointPolicy) throws(CofferError) -> VerifiedCheckpoint
    {
        do throws(NoteError) { return try policy.verify(note) } catch {
            switch error {
            case .noQuorum:
                throw tampering("Fewer than \(policy.quorum) cosigners have signed the checkpoint.", "head.quorum")
            default: throw tampering("The checkpoint's signatures are invalid.", "head.signature")
            }
        }
    }

    static func tampering(_ message: String, _ rule: String, _ entry: UInt64? = nil) -> CofferError {
        CofferError(.tampering, message, rule: rule, entry: entry)
    }
}
