package import Ledger
package import Replica
import Rules
package import Sealing

/// Reads entries of a verified log, in order. Each is checked against the tree of the log's checkpoint, and has the
/// verdict of the replay.
package struct EntryReader: Sendable {
    private let log: KnownLog
    private let tree: FetchedTree
    private let names: Names

    package init(_ log: KnownLog, from source: any EntrySource) {
        self.log = log
        self.tree = FetchedTree(source, size: log.checkpoint.size, root: log.checkpoint.root)
        self.names = Names(log.state)
    }

    package var size: UInt64 { tree.size }

    /// One entry.
    package func entry(_ index: UInt64) async throws(CofferError) -> ReplayedEntry {
        replayed(index, try await tree.entry(index)[...])
    }

    /// One entry in words.
    package func explanation(_ index: UInt64) async throws(CofferError) -> Explanation {
        Explanation(try await entry(index), log.state, names)
    }

    /// The proof of one entry under the log's checkpoint, with the entry as its extra data.
    package func proof(_ index: UInt64) async throws(CofferError) -> TlogProof {
        let (entry, hashes) = try await tree.provenEntry(index)
        return try ProofMaker.proof(of: index, entry: entry, hashes: hashes, under: log.checkpoint.note)
    }

    /// Passes the entries of a range that the filter takes, in words.
    package func list(
        _ range: Range<UInt64>, _ filter: EntryFilter, _ take: (Explanation) throws -> Void
    ) async throws {
        let range = range.clamped(to: 0..<size)
        guard !range.isEmpty else { return }
        for bundle in (range.lowerBound / 256)...((range.upperBound - 1) / 256) {
            let entries = try await tree.entries(bundle: bundle)
            for (place, bytes) in entries.enumerated() {
                let index = bundle * 256 + UInt64(place)
                guard range.contains(index), let stamp = try? Entry.stamp(of: bytes), filter.takes(stamp: stamp) else {
                    continue
                }
                let entry = replayed(index, bytes)
                guard filter.signer == nil || filter.takes(signers: signers(of: entry), names) else { continue }
                let explanation = Explanation(entry, log.state, names, areValid: entry.verdict.isAccepted)
                if filter.type == nil || filter.type == explanation.type { try take(explanation) }
            }
        }
    }

    private func signers(of entry: ReplayedEntry) -> [VerifyingKey] {
        (try? NoteSlice(parsing: entry.note))?.signatures.compactMap(\.namedKey) ?? []
    }

    private func replayed(_ index: UInt64, _ bytes: ArraySlice<UInt8>) -> ReplayedEntry {
        let note = bytes.dropFirst(Entry.stampCount)
        return ReplayedEntry(
            index: index, stamp: (try? Entry.stamp(of: bytes)) ?? 0, note: note,
            verdict: log.verdicts.verdict(of: index, note))
    }
}
