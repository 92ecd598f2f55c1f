package import Ledger
package import Sealing

/// Checks the files of a log one by one, as fsck checks a disk: every tile and bundle must match the entries.
package struct TileCheck: Sendable {
    private let directory: TileDirectory

    package init(_ directory: TileDirectory) { self.directory = directory }

    /// Returns how many files were checked; throws `.tampering` naming the first that is wrong.
    package func check(_ log: Replayed) throws(CofferError) -> Int {
        let size = log.checkpoint.size
        let wanted = Set(TilePath.all(size: size))
        var edge = TileEdge()
        var checked = 0
        while edge.size < size {
            let width = Int(min(256, size - edge.size))
            for tile in edge.append(try entries(bundle: edge.size / 256, width: width)) where wanted.contains(tile.path)
            {
                guard (try? directory.read(tile.path)) == tile.bytes else { throw Self.corrupt(tile.path) }
                checked += 1
            }
        }
        return checked
    }

    private func entries(bundle: UInt64, width: Int) throws(CofferError) -> [ArraySlice<UInt8>] {
        do throws(TileError) { return try directory.entries(bundle: bundle, width: width) } catch {
            throw Self.corrupt(TilePath(level: nil, index: bundle, width: width))
        }
    }

    private static func corrupt(_ tile: TilePath) -> CofferError {
        CofferError(
            .tampering, "The file \(tile.path) does not match the entries.", rule: "tile",
            hint: "Set this copy aside and mirror the log again.")
    }
}
