import Ledger
import Messages
import Rules
import Sealing

extension FollowedLog {
    /// Most entries to fetch beyond what the terms in force vouch for.
    static let unvouched = 1 << 16
    /// The most that these entries may hold, in bytes: two bundles of the longest.
    static let unvouchedBytes = 2 * HTTPLimits.bundle

    /// Fetches and applies a source's entries up to the size of its checkpoint. Calls `visit` with each entry and its
    /// verdict.
    mutating func fetch(
        from source: any EntrySource, to size: UInt64, checkpoint: SignedNote,
        isolation: isolated (any Actor)? = #isolation,
        visit: (PreparedEntry, Verdict) throws(CofferError) -> Void = { _, _ in }
    ) async throws(CofferError) {
        // The first bundle holds the charter, by which signatures are judged.
        if self.size == 0 {
            try await BundleReader(source).read(from: 0, to: min(size, 256)) { entries throws(CofferError) in
                try append(entries, visit)
            }
        }
        // An amendment among the new entries may name other keys, so an unknown signature is not yet an error.
        let isVouched = (try? policy?.verify(checkpoint)) != nil
        let handovers = isVouched || self.size >= size ? [:] : await servedHandovers(by: source)
        var (vouched, entries, bytes) = (isVouched ? size : 0, 0, 0)
        try await BundleReader(source).read(from: self.size, to: size) { prepared throws(CofferError) in
            if self.size >= vouched { vouched = vouchedSize(checkpoint, size, handovers) }
            if self.size < vouched {
                (entries, bytes) = (0, 0)
            } else {
                entries += prepared.count
                bytes += prepared.reduce(0) { $0 + ($1?.bytes.count ?? 0) }
                guard entries <= Self.unvouched, bytes <= Self.unvouchedBytes else { throw .notSigned }
            }
            try append(prepared, visit)
        }
    }

    private mutating func append(
        _ entries: [PreparedEntry?], _ visit: (PreparedEntry, Verdict) throws(CofferError) -> Void
    ) throws(CofferError) {
        for entry in entries {
            let verdict = try append(entry)
            if let entry { try visit(entry, verdict) }
        }
    }

    /// The size up to which the terms in force at the log's end vouch for entries: the new checkpoint's size if it
    /// verifies under them, or else that of the last checkpoint under them; 0 without either.
    private func vouchedSize(_ checkpoint: SignedNote, _ size: UInt64, _ handovers: [Int: SignedNote]) -> UInt64 {
        guard let policy else { return 0 }
        if (try? policy.verify(checkpoint)) != nil { return size }
        return handovers[state.charters.count - 1].flatMap { try? policy.verify($0) }?.size ?? 0
    }

    /// The handover checkpoints that the source has kept, from the log's current charter on.
    private func servedHandovers(by source: any EntrySource) async -> [Int: SignedNote] {
        var checkpoints: [Int: SignedNote] = [:]
        let first = max(1, state.charters.count) - 1
        for charter in first..<(first + 64) {
            guard let checkpoint = try? await Self.handover(charter, from: source) else { break }
            checkpoints[charter] = checkpoint
        }
        return checkpoints
    }
}
