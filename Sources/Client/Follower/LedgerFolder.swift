package import Ledger
package import Sealing
import Synchronization

/// A follower's store as a log's own files: what brokers serve and auditors mirror.
///
/// Tiles and bundles are written first, the head last: what a head covers is there, what lies beyond it is not read.
package final class LedgerFolder: FollowerStore {
    package let directory: TileDirectory
    private let edge: Mutex<TileEdge?> = Mutex(nil)

    package init(_ directory: TileDirectory) { self.directory = directory }

    package func head() throws(CofferError) -> SignedNote? {
        let bytes: Bytes?
        do throws(FileError) { bytes = try directory.checkpoint() } catch {
            throw CofferError(.configuration, "The followed ledger cannot be read: \(error).")
        }
        guard let bytes else { return nil }
        guard let note = try? SignedNote(head: bytes) else { throw .corruptStore }
        return note
    }

    package func entries(from index: UInt64, count: Int) throws(CofferError) -> [Bytes] {
        let size = try Self.size(of: try head())
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
                entries += all[low..<high]
            }
        } catch {
            throw CofferError(fromTile: error)
        }
        return entries
    }

    /// From the tiles, without reading an entry.
    package func growth(from old: UInt64, to size: UInt64) throws(CofferError) -> TreeGrowth {
        guard let growth = TreeGrowth(directory.tree(size: size), from: old) else { throw .corruptStore }
        return growth
    }

    package func advance(from size: UInt64, appending entries: [Bytes], head: SignedNote) throws(CofferError) -> Bool {
        guard try Self.size(of: try self.head()) == size else { return false }
        let result = edge.withLock { edge -> Result<Void, any Error> in
            Result {
                var moved = try edge.flatMap { $0.size == size ? $0 : nil } ?? TileEdge(reading: directory, size: size)
                let tiles = moved.append(entries)
                try directory.write(tiles)
                try directory.publish(checkpoint: head.encoded)
                for tile in tiles where !tile.path.isPartial { try directory.removePartials(of: tile.path) }
                edge = moved
            }
        }
        switch result {
        case .success: return true
        case .failure(let error as TileError): throw CofferError(fromTile: error)
        case .failure(let error as FileError):
            throw CofferError(.configuration, "The followed ledger cannot be written: \(error).")
        case .failure: throw .corruptStore
        }
    }
}
