import Ledger
import Sealing

/// A log's tree over the tiles that a source serves, each fetched when it is needed. The tiles are not trusted: every
/// result is checked against a trusted root.
struct FetchedTree {
    private let source: any EntrySource
    private let size: UInt64
    private let root: Hash256

    /// The tree of a size and root that were followed.
    init(_ source: any EntrySource, size: UInt64, root: Hash256) {
        self.source = source
        self.size = size
        self.root = root
    }

    /// How the tree grew from an earlier size: its root at that size, and the consistency proof.
    func growth(from old: UInt64) async throws(CofferError) -> TreeGrowth {
        guard let growth = try await read({ TreeGrowth($0, from: old) }),
            Merkle.verifyConsistency(
                from: old, to: size, oldRoot: growth.oldRoot, newRoot: root, proof: growth.proof)
        else { throw .tiles }
        return growth
    }

    /// The entry at an index, checked against the root.
    func entry(_ index: UInt64) async throws(CofferError) -> Bytes {
        let bundle = index / 256
        let entries = try await source.entries(bundle: bundle, width: Int(min(256, size - bundle * 256)))
        guard let entry = entries.dropFirst(Int(index % 256)).first,
            let proof = try await read({ try? $0.inclusionProof(index: index) }),
            Merkle.verifyInclusion(
                index: index, size: size, leaf: Merkle.leafHash(entry), proof: proof, root: root)
        else { throw .tiles }
        return Array(entry)
    }

    /// Repeats the read and fetches missing tiles until none is missing.
    private func read<Value>(_ body: (Tree<KnownTiles>) -> Value?) async throws(CofferError) -> Value? {
        let known = KnownTiles(size: size)
        while true {
            if let value = body(Tree(size: size, source: known)) { return value }
            guard let missing = known.missing else { return nil }
            known.add(missing, try await source.hashes(missing))
        }
    }
}

/// The tiles fetched so far, and the first missing one.
private final class KnownTiles: HashSource {
    private struct Missing: Error {}

    private let size: UInt64
    private var tiles: [TilePath: [Hash256]] = [:]
    private(set) var missing: TilePath?

    init(size: UInt64) { self.size = size }

    func add(_ tile: TilePath, _ hashes: [Hash256]) {
        tiles[tile] = hashes
        missing = nil
    }

    func hash(level: Int, index: UInt64) throws -> Hash256 {
        let place = TilePath.place(level: level, index: index, size: size)
        guard let hashes = tiles[place.tile], hashes.count == place.tile.width else {
            if tiles[place.tile] == nil { missing = place.tile }
            throw Missing()
        }
        return HashTile.root(hashes[place.run])
    }
}

extension CofferError {
    /// The entries or hashes that a source serves are not in the checkpoint's tree.
    fileprivate static let tiles = CofferError(
        .tampering, "The served entries or hashes are not in the ledger's tree.", rule: "entries.root")
}
