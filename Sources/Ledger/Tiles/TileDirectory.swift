package import Files
package import Sealing

/// A log's files in a directory, laid out as tlog-tiles serves them: `checkpoint`, `tile/…`, `tile/entries/…`.
package struct TileDirectory: Sendable {
    package let path: String
    private let durable: Durable
    /// No tile or bundle is larger than 256 entries, each with its length.
    private static let maximumTile = TilePath.fullWidth * (EntryBundle.maximumEntry + 2)

    package init(path: String, files: any FileSystem = DiskFileSystem()) {
        self.path = path
        self.durable = Durable(files)
    }

    /// The published checkpoint; nil before the first.
    package func checkpoint() throws(FileError) -> Bytes? {
        try durable.files.read("\(path)/checkpoint", atMost: SignedNote.maximumCheckpointCount)
    }

    /// Publishes a checkpoint, durably.
    package func publish(checkpoint: Bytes) throws(FileError) {
        try durable.makeDirectories(path)
        try durable.write(checkpoint, to: "\(path)/checkpoint")
    }

    /// The last checkpoint that was published before an amendment replaced this charter; nil when it was not kept.
    package func handover(charter: Int) throws(FileError) -> Bytes? {
        try durable.files.read("\(path)/charters/\(charter)/checkpoint", atMost: SignedNote.maximumCheckpointCount)
    }

    /// Keeps a checkpoint for later followers: the newest one over an amendment whose notice has not passed.
    package func keep(handover checkpoint: Bytes, charter: Int) throws(FileError) {
        let directory = "\(path)/charters/\(charter)"
        try durable.makeDirectories(directory)
        try durable.write(checkpoint, to: "\(directory)/checkpoint")
    }

    /// The bytes of a tile or bundle. When the partial file was removed, the beginning of a wider one.
    package func read(_ tile: TilePath) throws(TileError) -> Bytes {
        let part = try open(tile)
        do throws(FileError) { return try part.file.read(0..<part.count) } catch { throw .file(error) }
    }

    /// The same, to be read piece by piece: the first `count` bytes of a file.
    package func open(_ tile: TilePath) throws(TileError) -> (file: any ReadableFile, count: Int) {
        do throws(FileError) {
            if let file = try open(tile.path) { return (file, file.count) }
            guard tile.isPartial, let file = try open(tile.full.path) else { throw FileError(.read, code: 2) }
            return (file, try Self.beginning(of: file, for: tile))
        } catch {
            throw error.isMissing ? .missing(tile) : .file(error)
        }
    }

    private func open(_ name: String) throws(FileError) -> (any ReadableFile)? {
        try durable.files.open("\(path)/\(name)", atMost: Self.maximumTile)
    }

    /// How many bytes of a wider file the tile has.
    private static func beginning(of file: any ReadableFile, for tile: TilePath) throws(FileError) -> Int {
        guard tile.level == nil else { return min(file.count, tile.width * 32) }
        return try end(of: tile.width, in: file)
    }

    /// Where the first entries of a bundle end. Only their lengths are read.
    private static func end(of count: Int, in file: any ReadableFile) throws(FileError) -> Int {
        var end = 0
        for _ in 0..<count {
            guard end + 2 <= file.count else { throw FileError(.read, code: 2) }
            let length = try file.read(end..<end + 2)
            end += 2 + Int(length[0]) << 8 + Int(length[1])
        }
        guard end <= file.count else { throw FileError(.read, code: 2) }
        return end
    }

    /// One entry of a log of this size. Of its bundle, which may have 16 MB, only the lengths before it are read.
    package func entry(_ index: UInt64, size: UInt64) throws(TileError) -> Bytes {
        let bundle = index / 256
        let place = Int(index % 256)
        let part = try open(TilePath(level: nil, index: bundle, width: Int(min(256, size - bundle * 256))))
        do throws(FileError) {
            let start = try Self.end(of: place, in: part.file)
            return try part.file.read(start + 2..<Self.end(of: place + 1, in: part.file))
        } catch {
            throw .file(error)
        }
    }

    /// The entries of a bundle.
    package func entries(bundle: UInt64, width: Int) throws(TileError) -> [ArraySlice<UInt8>] {
        let tile = TilePath(level: nil, index: bundle, width: width)
        do {
            return try EntryBundle.parse(try read(tile), count: width)
        } catch let error as TileError {
            throw error
        } catch {
            throw .corrupt(tile)
        }
    }

    /// The hashes of a tile.
    package func hashes(_ tile: TilePath) throws(TileError) -> [Hash256] {
        let bytes = try read(tile)
        guard let hashes = try? HashTile.parse(bytes, width: tile.width) else { throw .corrupt(tile) }
        return hashes
    }

    /// Writes tiles and bundles, durably.
    package func write(_ tiles: [TileFile]) throws(FileError) {
        for tile in tiles {
            let file = "\(path)/\(tile.path.path)"
            try durable.makeDirectories(Durable.split(file).directory)
            try durable.write(tile.bytes, to: file)
        }
    }

    /// Deletes the partial tiles that a full one has replaced. Readers fall back to the full one.
    package func removePartials(of tile: TilePath) throws(FileError) {
        let directory = "\(path)/\(tile.full.path).p"
        for name in try durable.files.list(directory) { try durable.files.remove("\(directory)/\(name)") }
        try durable.files.removeDirectory(directory)
    }

    /// The tree of this size. The tiles must cover it.
    package func tree(size: UInt64) -> Tree<TileHashes> { Tree(size: size, source: TileHashes(self, size: size)) }
}

/// A tile or bundle to write.
package struct TileFile: Hashable, Sendable {
    package let path: TilePath
    package let bytes: Bytes
}

/// Why a tile could not be read.
package enum TileError: Error, Hashable, Sendable {
    case missing(TilePath)
    /// Its length or form is wrong for its place.
    case corrupt(TilePath)
    case file(FileError)
}

/// The hashes of a tree's complete subtrees, from its tiles, each read once.
package final class TileHashes: HashSource {
    private let directory: TileDirectory
    private let size: UInt64
    private var read: [TilePath: [Hash256]] = [:]
    /// The hashes read so far: proofs of neighbouring entries share most of them.
    private var known: [Node: Hash256] = [:]

    private struct Node: Hashable {
        let level: Int
        let index: UInt64
    }

    init(_ directory: TileDirectory, size: UInt64) {
        self.directory = directory
        self.size = size
    }

    package func hash(level: Int, index: UInt64) throws -> Hash256 {
        let node = Node(level: level, index: index)
        if let hash = known[node] { return hash }
        let hash = try computed(level: level, index: index)
        known[node] = hash
        return hash
    }

    private func computed(level: Int, index: UInt64) throws -> Hash256 {
        let place = TilePath.place(level: level, index: index, size: size)
        let hashes = try read[place.tile] ?? directory.hashes(place.tile)
        read[place.tile] = hashes
        return HashTile.root(hashes[place.run])
    }
}
