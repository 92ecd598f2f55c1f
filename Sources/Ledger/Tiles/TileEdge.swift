package import Sealing

/// The right edge of a log in tiles: everything that appending needs.
package struct TileEdge: Sendable {
    package private(set) var size: UInt64 = 0
    /// The hashes of each level's partial tile, fewer than 256.
    private var levels: [[Hash256]] = []
    /// The entries of the partial bundle.
    private var bundle: [ArraySlice<UInt8>] = []

    package init() {}

    /// The edge of a log of this size.
    package init(reading directory: TileDirectory, size: UInt64) throws(TileError) {
        self.size = size
        let width = Int(size % 256)
        if width > 0 { bundle = try directory.entries(bundle: size / 256, width: width) }
        var count = size
        while count > 0 {
            let width = Int(count % 256)
            let tile = TilePath(level: levels.count, index: count / 256, width: max(width, 1))
            levels.append(width > 0 ? try directory.hashes(tile) : [])
            count /= 256
        }
    }

    /// Adds entries. Returns the files to write for the new size: full tiles and bundles, and the partial ones that
    /// changed.
    package mutating func append(_ entries: [Bytes]) -> [TileFile] { append(entries.map { $0[...] }) }

    /// Adds entries without copies. Returns the files to write for the new size.
    package mutating func append(_ entries: [ArraySlice<UInt8>]) -> [TileFile] {
        var files: [TileFile] = []
        var touched = 0
        for entry in entries {
            bundle.append(entry)
            size += 1
            if bundle.count == 256 {
                files.append(
                    TileFile(path: TilePath(level: nil, index: size / 256 - 1), bytes: EntryBundle.encode(bundle)))
                bundle = []
            }
            touched = max(touched, add(Merkle.leafHash(entry), files: &files))
        }
        guard !entries.isEmpty else { return [] }
        if !bundle.isEmpty {
            let path = TilePath(level: nil, index: size / 256, width: bundle.count)
            files.append(TileFile(path: path, bytes: EntryBundle.encode(bundle)))
        }
        for level in 0...touched where !levels[level].isEmpty {
            let index = size >> UInt64(8 * (level + 1))
            let path = TilePath(level: level, index: index, width: levels[level].count)
            files.append(TileFile(path: path, bytes: HashTile.encode(levels[level])))
        }
        return files
    }

    /// Adds a leaf and carries full tiles upward. Returns the highest level that changed.
    private mutating func add(_ leaf: Hash256, files: inout [TileFile]) -> Int {
        var hash = leaf
        var level = 0
        while true {
            if level == levels.count { levels.append([]) }
            levels[level].append(hash)
            guard levels[level].count == 256 else { return level }
            let index = (size >> UInt64(8 * (level + 1))) - 1
            files.append(TileFile(path: TilePath(level: level, index: index), bytes: HashTile.encode(levels[level])))
            hash = HashTile.root(levels[level][...])
            levels[level] = []
            level += 1
        }
    }

    /// All partial tiles and the partial bundle, whether or not the last append changed them.
    package var partials: [TileFile] {
        var files: [TileFile] = []
        if !bundle.isEmpty {
            let path = TilePath(level: nil, index: size / 256, width: bundle.count)
            files.append(TileFile(path: path, bytes: EntryBundle.encode(bundle)))
        }
        for (level, hashes) in levels.enumerated() where !hashes.isEmpty {
            let path = TilePath(level: level, index: size >> UInt64(8 * (level + 1)), width: hashes.count)
            files.append(TileFile(path: path, bytes: HashTile.encode(hashes)))
        }
        return files
    }

    /// The root at this size.
    package var root: Hash256 {
        var peaks: [Hash256] = []
        for level in levels.reversed() {
            var start = 0
            for bit in stride(from: 7, through: 0, by: -1) where level.count & 1 << bit != 0 {
                peaks.append(HashTile.root(level[start..<start + 1 << bit]))
                start += 1 << bit
            }
        }
        return MerkleFrontier.root(of: peaks)
    }
}
