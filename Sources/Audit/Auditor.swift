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

    /// Its statement if that is an outcome, whatever the verdict.
    package var outcome: Outcome? {
        guard let note = try? SignedNote(parsing: note),
            case .outcome(let outcome)? = try? Statement(parsing: note.text)
        else { return nil }
        return outcome
    }
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
    /// The state at the checkpoint, to continue from.
    package let snapshot: LedgerSnapshot

    /// When a quorum had cosigned the checkpoint.
    package var cosigned: Milliseconds { Milliseconds(checkpoint.quorumTime ?? 0) }

    /// Whether the checkpoint is as fresh as a broker would ask for.
    package func isFresh(now: Milliseconds) -> Bool { cosigned + (state.charter?.terms.freshness ?? 0) >= now }
}

/// Replays a log from its pinned charter: a server's, a broker's or a mirror's files. It needs no account.
///
/// The source is not trusted: `LogReading` checks signatures, quorum, tree root, every verdict and every handover.
package struct Auditor: Sendable {
    package let pin: Pin
    let source: any EntrySource

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
        var index: UInt64 = 0
        var accepted: UInt64 = 0
        let reading = try await judging { () async throws(CofferError) in
            try await LogReading.read(source, of: pin, retention: retention, watching: sizes) {
                entry, verdict throws(CofferError) in
                if verdict.isAccepted { accepted += 1 }
                try visit(
                    ReplayedEntry(
                        index: index, stamp: entry.stamp, note: entry.bytes.dropFirst(Entry.stampCount),
                        verdict: verdict))
                index += 1
            }
        }
        let (state, checkpoint) = (reading.followed.state, reading.followed.checkpoint)
        guard let policy = state.charter?.terms.checkpointPolicy(origin: pin.origin) else {
            throw Self.tampering("The log's charter names no usable ledger key.", "charter.keys")
        }
        return Replayed(
            state: state, checkpoint: checkpoint, cosigners: policy.witnesses.count, quorum: policy.quorum,
            accepted: accepted, refused: checkpoint.size - accepted, reached: reading.reached,
            snapshot: reading.snapshot)
    }

    /// Reads from the source; what fails counts as the source's faults do.
    func judging<Reading>(_ read: () async throws(CofferError) -> Reading) async throws(CofferError) -> Reading {
        do throws(CofferError) { return try await read() } catch {
            // A follower waits for a quorum, which may sign yet. A folder holds what there is.
            guard error.rule == "head.quorum", source.server == nil else { throw source.judged(error) }
            throw Self.tampering(error.message, "head.quorum")
        }
    }

    static func tampering(_ message: String, _ rule: String, _ entry: UInt64? = nil) -> CofferError {
        CofferError(.tampering, message, rule: rule, entry: entry)
    }
}
