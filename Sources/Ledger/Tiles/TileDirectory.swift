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
        do throws(FileError) {
            if let bytes = try read(tile.path) { return bytes }
            guard tile.isPartial else { throw FileError(.read, code: 2) }
            guard let bytes = try read(tile.full.path) else { throw FileError(.read, code: 2) }
            return try prefix(of: bytes, for: tile)
        } catch {
            throw error.isMissing ? .missing(tile) : .file(error)
        }
    }

    private func read(_ name: String) throws(FileError) -> Bytes? {
        try durable.files.read("\(path)/\(name)", atMost: Self.maximumTile)
    }

    private func prefix(of bytes: Bytes, for tile: TilePath) throws(FileError) -> Bytes {
        guard tile.level == nil else { return Array(bytes.prefix(tile.width * 32)) }
        var reader = ByteReader(bytes)
        do {
            _ = try EntryBundle.parse(&reader, count: tile.width)
        } catch {
            throw FileError(.read, code: 2)
        }
        return Array(bytes.prefix(reader.consumed))
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
