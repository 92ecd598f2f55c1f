import Files
package import Ledger
package import Sealing
import Synchronization

/// A follower's store in the form of a log's own files. Brokers serve it, auditors keep it as a mirror.
///
/// Tiles and bundles are written first, the checkpoint last: all that a checkpoint covers exists, and nothing beyond it
/// is read.
package final class LedgerDirectory: FollowerStore {
    package let directory: TileDirectory
    private let edges = Mutex(Edges())

    package init(_ directory: TileDirectory) { self.directory = directory }

    package func checkpoint() throws(CofferError) -> SignedNote? {
        let bytes: Bytes?
        do throws(FileError) { bytes = try directory.checkpoint() } catch {
            throw CofferError(.configuration, "The followed ledger cannot be read: \(error).")
        }
        guard let bytes else { return nil }
        guard let note = try? SignedNote(checkpoint: bytes) else { throw .corruptStore }
        return note
    }

    package func entries(from index: UInt64, count: Int) throws(CofferError) -> [Bytes] {
        let size = try Self.size(of: try checkpoint())
        let end = min(size, index + UInt64(count))
        guard index < end else { return [] }
        var entries: [Bytes] = []
        do throws(TileError) {
            for bundle in (index / 256)...((end - 1) / 256) {
                let width = Int(min(256, size - bundle * 256))
                let first = bundle * 256
                let all = try directory.entries(bundle: bundle, width: width)
                let low = Int(max(index, first) - first)
                let high = Int(min(end, first + 256) - first)
                entries += all[low..<high].map(Array.init)
            }
        } catch {
            throw CofferError(fromTile: error)
        }
        return entries
    }

    /// Computed from the tiles, without reading entries.
    package func growth(from old: UInt64, to size: UInt64) throws(CofferError) -> TreeGrowth {
        guard let growth = TreeGrowth(directory.tree(size: size), from: old) else { throw .corruptStore }
        return growth
    }

    /// Writes only the full tiles; a partial one is valid only under its checkpoint.
    package func stage(_ entries: [Bytes], from index: UInt64) throws(CofferError) -> Bool {
        let size = try Self.size(of: try checkpoint())
        try change { edges throws in
            var moved = try edges.staged.flatMap { $0.size == index ? $0 : nil } ?? edges.at(size, in: directory)
            guard moved.size == index else { throw TileError.corrupt(TilePath(level: nil, index: index / 256)) }
            try directory.write(moved.append(entries).filter { !$0.path.isPartial })
            edges.staged = moved
        }
        return true
    }

    package func keep(handover checkpoint: SignedNote, charter: Int) throws(CofferError) {
        do throws(FileError) { try directory.keep(handover: checkpoint.encoded, charter: charter) } catch {
            throw CofferError(.configuration, "The followed ledger cannot be written: \(error).")
        }
    }

    package func advance(from size: UInt64, appending entries: [Bytes], checkpoint: SignedNote) throws(CofferError)
        -> Bool
    {
        guard try Self.size(of: try self.checkpoint()) == size else { return false }
        let end = try Self.size(of: checkpoint)
        try change { edges throws in
            var moved = try edges.at(size, in: directory)
            var tiles: [TileFile]
            if size + UInt64(entries.count) == end {
                tiles = moved.append(entries)
            } else {
                guard let staged = edges.staged, staged.size + UInt64(entries.count) == end else {
                    throw TileError.missing(TilePath(level: nil, index: size / 256))
                }
                moved = staged
                // Staging left the partial tiles for this checkpoint to write.
                tiles = moved.append(entries).filter { !$0.path.isPartial } + moved.partials
            }
            try directory.write(tiles)
            try directory.publish(checkpoint: checkpoint.encoded)
            for tile in tiles where !tile.path.isPartial { try directory.removePartials(of: tile.path) }
            edges = Edges(stored: moved, staged: nil)
        }
        return true
    }

    private func change(_ body: @Sendable (inout Edges) throws -> Void) throws(CofferError) {
        let result = edges.withLock { edges in Result { try body(&edges) } }
        switch result {
        case .success: return
        case .failure(let error as TileError): throw CofferError(fromTile: error)
        case .failure(let error as FileError):
            throw CofferError(.configuration, "The followed ledger cannot be written: \(error).")
        case .failure: throw .corruptStore
        }
    }
}

/// The log's edges: of its stored checkpoint, and with the staged entries.
private struct Edges: Sendable {
    var stored: TileEdge?
    var staged: TileEdge?

    /// The edge of the stored checkpoint.
    func at(_ size: UInt64, in directory: TileDirectory) throws -> TileEdge {
        try stored.flatMap { $0.size == size ? $0 : nil } ?? TileEdge(reading: directory, size: size)
    }
}
