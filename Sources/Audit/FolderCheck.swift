import Files
package import Ledger
import Replica
package import Sealing

/// Checks every file of a mirror's folder, as fsck checks a disk: the tiles and bundles of the tree, those that other
/// checkpoints left behind or ahead of it, and the checkpoints in `heads/`.
package struct FolderCheck: Sendable {
    /// What was found.
    package struct Files: Sendable, Equatable {
        /// How many files match the entries.
        package var checked = 0
        /// How many files hold later entries, which this checkpoint does not cover. Nothing vouches for them.
        package var beyond = 0
    }

    private let directory: TileDirectory

    package init(_ directory: TileDirectory) { self.directory = directory }

    /// Throws `.tampering` naming the first file that is wrong.
    package func check(_ log: Replayed) throws(CofferError) -> Files {
        var files = Files(checked: try TileCheck(directory).check(log))
        let wanted = TilePath.all(size: log.checkpoint.size)
        let places = Dictionary(wanted.map { ($0.full, $0) }, uniquingKeysWith: { first, _ in first })
        let known = Set(wanted)
        try walk("tile") { tile throws(CofferError) in
            if known.contains(tile) { return }
            if try isCovered(tile, by: places[tile.full]) { files.checked += 1 } else { files.beyond += 1 }
        }
        let tree = directory.tree(size: log.checkpoint.size)
        for note in try CheckpointHistory(beside: directory.path).all() {
            _ = try log.verified(kept: note) { try? tree.root(at: $0) }
            files.checked += 1
        }
        return files
    }

    /// Passes every file below a folder. What is no tile's name belongs to no log. Names that begin with a dot are those
    /// of writes that were interrupted.
    private func walk(_ folder: String, depth: Int = 0, _ visit: (TilePath) throws(CofferError) -> Void)
        throws(CofferError)
    {
        guard depth < 12, let names = try? DiskFileSystem().list("\(directory.path)/\(folder)") else {
            throw Self.stray(folder)
        }
        for name in names where !name.hasPrefix(".") {
            let path = "\(folder)/\(name)"
            if let tile = TilePath(parsing: path) { try visit(tile) } else { try walk(path, depth: depth + 1, visit) }
        }
    }

    /// Whether the tree's own file at the same place covers this one. Throws unless the two agree in what both hold, and
    /// unless a file of later entries is whole and has its entries in the folder.
    private func isCovered(_ tile: TilePath, by known: TilePath?) throws(CofferError) -> Bool {
        let parts = try parts(tile)
        if let known {
            let right = try self.parts(known)
            guard zip(parts, right).allSatisfy({ $0 == $1 }) else { throw Self.stray(tile.path) }
            return parts.count <= right.count
        }
        // A tile of level L stands over the entries of 256^L bundles.
        guard let level = tile.level else { return false }
        guard level < 8, tile.index < 1 << 40 else { throw Self.stray(tile.path) }
        let last = tile.index.multipliedReportingOverflow(by: 1 << UInt64(8 * level))
        let within = level == 0 ? 0 : UInt64(tile.width) << UInt64(8 * (level - 1))
        let bundle = last.partialValue.addingReportingOverflow(within == 0 ? 0 : within - 1)
        guard !last.overflow, !bundle.overflow,
            (try? directory.entries(bundle: bundle.partialValue, width: level == 0 ? tile.width : 256)) != nil
        else { throw Self.stray(tile.path) }
        return false
    }

    /// The hashes or entries in a file, exactly as many as its name says.
    private func parts(_ tile: TilePath) throws(CofferError) -> [ArraySlice<UInt8>] {
        do {
            guard tile.level != nil else { return try directory.entries(bundle: tile.index, width: tile.width) }
            return try directory.hashes(tile).map { $0.bytes[...] }
        } catch {
            throw Self.stray(tile.path)
        }
    }

    private static func stray(_ path: String) -> CofferError {
        CofferError(
            .tampering, "The file \(path) belongs to no entry of this log.", rule: "tile",
            hint: "Set this copy aside and mirror the log again.")
    }
}
