import Ledger
import Rules
import Sealing

extension FollowedLog {
    /// Most entries to fetch beyond the last checkpoint verified under the charter in force.
    static let unvouched: UInt64 = 1 << 16

    /// Fetches and applies a source's entries up to the size of its checkpoint. Calls `visit` with each entry and its
    /// verdict.
    mutating func fetch(
        from source: any EntrySource, to size: UInt64, checkpoint: SignedNote,
        isolation: isolated (any Actor)? = #isolation,
        visit: (PreparedEntry, Verdict) throws(CofferError) -> Void = { _, _ in }
    ) async throws(CofferError) {
        // An amendment among the new entries may name other keys, so an unknown signature is not yet an error.
        var vouched = size - self.size > Self.unvouched ? self.size : size
        let handovers = vouched < size ? await servedHandovers(by: source) : [:]
        try await BundleReader(source).read(from: self.size, to: size) { prepared throws(CofferError) in
            if self.size > 0, self.size >= vouched { vouched = try self.vouched(checkpoint, to: size, handovers) }
            for entry in prepared {
                let verdict = try append(entry)
                if let entry { try visit(entry, verdict) }
            }
        }
    }

    /// The size up to which entries may be fetched under the terms in force at the log's end: the new checkpoint's size
    /// if it verifies under them, or else `unvouched` entries beyond the last checkpoint under them.
    private func vouched(_ checkpoint: SignedNote, to size: UInt64, _ handovers: [Int: SignedNote])
        throws(CofferError) -> UInt64
    {
        guard let policy else { throw .notSigned }
        if (try? policy.verify(checkpoint)) != nil { return size }
        guard let note = handovers[state.charters.count - 1], let last = try? policy.verify(note),
            last.size + Self.unvouched > self.size
        else { throw .notSigned }
        return last.size + Self.unvouched
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
