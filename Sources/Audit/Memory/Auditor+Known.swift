package import Ledger
package import Replica
package import Rules
package import Sealing

/// A log verified to its checkpoint: by a replay of all of it, or from what this machine had verified before.
package struct KnownLog: Sendable {
    /// What an answer rests on.
    package enum Basis: Sendable, Equatable {
        /// Every entry was verified now.
        case beginning
        /// The entries below this size were verified when the snapshot was made; all later ones were verified now.
        case snapshot(size: UInt64, made: Milliseconds)

        /// The basis as a part of a sentence.
        package var words: String {
            switch self {
            case .beginning: "replayed from the beginning"
            case .snapshot(let size, let made): "from your snapshot of size \(size), verified \(Words.time(made))"
            }
        }
    }

    /// With retention `needed`.
    package let state: LedgerState
    package let checkpoint: VerifiedCheckpoint
    package let verdicts: Verdicts
    package let basis: Basis
    /// The number of entries that this machine verified before, if this log has fewer.
    package let larger: UInt64?
}

extension Auditor {
    /// The log to its checkpoint, read on from what this machine remembers of it, and remembered.
    ///
    /// What does not fit is ignored, and the log replayed from its beginning: a snapshot that somebody planted, that
    /// another version made, or of a longer log. A log that differs from what this machine verified before is a fork:
    /// both were signed. Evidence goes to `evidence`.
    package func known(by memory: AuditMemory?, evidence: EvidenceDirectory) async throws(CofferError) -> KnownLog {
        let kept = memory?.kept
        if let kept {
            do throws(CofferError) { return try await read(after: kept, memory) } catch {
                // Whatever does not fit is decided by the whole log.
                if error.code != .tampering { throw error }
            }
        }
        let (reading, verdicts) = try await judging { () async throws(CofferError) in
            try await read(after: nil, verdicts: Verdicts(), watching: kept.map { [$0.verdicts.size] } ?? [])
        }
        let checkpoint = reading.followed.checkpoint
        if let kept, let reached = reading.reached[kept.verdicts.size], reached.root != kept.snapshot.snapshot.root {
            throw await fork(kept, reading, evidence)
        }
        let larger = kept.map(\.verdicts.size).flatMap { $0 > checkpoint.size ? $0 : nil }
        if larger == nil { memory?.keep(reading.snapshot, verdicts, under: checkpoint.note) }
        return KnownLog(
            state: reading.followed.state, checkpoint: checkpoint, verdicts: verdicts, basis: .beginning, larger: larger
        )
    }

    private func read(after kept: AuditMemory.Kept, _ memory: AuditMemory?) async throws(CofferError) -> KnownLog {
        let size = kept.verdicts.size
        let (reading, verdicts) = try await read(after: kept.snapshot.snapshot, verdicts: kept.verdicts)
        let checkpoint = reading.followed.checkpoint
        if checkpoint.size >= size + max(2_048, size / 32) {
            memory?.keep(reading.snapshot, verdicts, under: checkpoint.note)
        }
        return KnownLog(
            state: reading.followed.state, checkpoint: checkpoint, verdicts: verdicts,
            basis: .snapshot(size: size, made: kept.snapshot.made), larger: nil)
    }

    private func read(
        after snapshot: LedgerSnapshot?, verdicts known: Verdicts, watching sizes: Set<UInt64> = []
    ) async throws(CofferError) -> (LogReading, Verdicts) {
        var verdicts = known
        let reading = try await LogReading.read(
            source, of: pin, retention: .needed, after: snapshot, watching: sizes
        ) { _, verdict throws(CofferError) in verdicts.add(verdict) }
        return (reading, verdicts)
    }

    /// The evidence of a log that differs from the one that this machine verified before.
    private func fork(_ kept: AuditMemory.Kept, _ reading: LogReading, _ evidence: EvidenceDirectory) async
        -> CofferError
    {
        let (state, checkpoint) = (reading.followed.state, reading.followed.checkpoint)
        let snapshot = kept.snapshot.snapshot
        let tree = FetchedTree(source, size: checkpoint.size, root: checkpoint.root)
        let growth = snapshot.size < checkpoint.size ? try? await tree.growth(from: snapshot.size) : nil
        var amendments: [SignedNote] = []
        for record in state.charters.dropFirst() {
            guard let bytes = try? await tree.entry(record.mark.index), let entry = try? Entry(parsing: bytes),
                let note = try? SignedNote(parsing: entry.note)
            else { break }
            amendments.append(note)
        }
        return evidence.fork(
            known: (kept.note, snapshot.size, snapshot.root), other: checkpoint.note, charter: pin.charterHash,
            amendments: amendments, proof: growth.map { ForkProof(root: $0.oldRoot, hashes: $0.proof) },
            what: "The log is not the one of \(snapshot.size) entries that this machine verified before.")
    }
}
