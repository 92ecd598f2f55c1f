import Ledger
package import Sealing
import Synchronization

/// A log's tree over the tiles that a source serves, each fetched when it is needed. The tiles are not trusted: every
/// result is checked against a trusted root.
package struct FetchedTree: Sendable {
    private let source: any EntrySource
    package let size: UInt64
    private let root: Hash256
    private let known: KnownTiles

    /// The tree of a size and root that were followed.
    package init(_ source: any EntrySource, size: UInt64, root: Hash256) {
        self.source = source
        self.size = size
        self.root = root
        self.known = KnownTiles(size: size)
    }

    /// How the tree grew from an earlier size: its root at that size, and the consistency proof.
    package func growth(from old: UInt64) async throws(CofferError) -> TreeGrowth {
        guard let growth = try await read({ TreeGrowth($0, from: old) }),
            Merkle.verifyConsistency(
                from: old, to: size, oldRoot: growth.oldRoot, newRoot: root, proof: growth.proof)
        else { throw .tiles }
        return growth
    }

    /// The entry at an index, checked against the root.
    package func entry(_ index: UInt64) async throws(CofferError) -> Bytes { try await provenEntry(index).entry }

    /// The entry at an index with the proof that the tree has it, checked against the root.
    package func provenEntry(_ index: UInt64) async throws(CofferError) -> (entry: Bytes, proof: [Hash256]) {
        guard index < size else { throw CofferError(.notFound, "The log has no entry \(index).") }
        let bundle = index / 256
        let entries = try await source.entries(bundle: bundle, width: Int(min(256, size - bundle * 256)))
        guard let entry = entries.dropFirst(Int(index % 256)).first else { throw .tiles }
        return (Array(entry), try await proof(of: index, Merkle.leafHash(entry)))
    }

    /// All entries of a bundle, checked against the root. The bundle must begin below the size.
    package func entries(bundle: UInt64) async throws(CofferError) -> [ArraySlice<UInt8>] {
        let first = bundle * 256
        let width = Int(min(256, size - first))
        let entries = try await source.entries(bundle: bundle, width: width)
        let leaves = entries.map { Merkle.leafHash($0) }
        guard leaves.count == width else { throw .tiles }
        // The proof of the first leaf is made of all other leaves, so it vouches for those that were fetched in tiles.
        _ = try await proof(of: first, leaves[0])
        for place in 1..<max(1, width) {
            guard (try? known.hash(level: 0, index: first + UInt64(place))) == leaves[place] else { throw .tiles }
        }
        return entries
    }

    private func proof(of index: UInt64, _ leaf: Hash256) async throws(CofferError) -> [Hash256] {
        guard let proof = try await read({ try? $0.inclusionProof(index: index) }),
            Merkle.verifyInclusion(index: index, size: size, leaf: leaf, proof: proof, root: root)
        else { throw .tiles }
        return proof
    }

    /// Repeats the read and fetches missing tiles until none is missing.
    private func read<Value>(_ body: (Tree<KnownTiles>) -> Value?) async throws(CofferError) -> Value? {
        while true {
            if let value = body(Tree(size: size, source: known)) { return value }
            guard let missing = known.missing else { return nil }
            known.add(missing, try await source.hashes(missing))
        }
    }
}

/// The tiles fetched so far, and the first missing one.
private final class KnownTiles: HashSource, Sendable {
    private struct Missing: Error {}
    private struct State {
        var tiles: [TilePath: [Hash256]] = [:]
        var missing: TilePath?
    }

    private let size: UInt64
    private let state = Mutex(State())

    init(size: UInt64) { self.size = size }

    var missing: TilePath? { state.withLock(\.missing) }

    func add(_ tile: TilePath, _ hashes: [Hash256]) {
        state.withLock { state in
            state.tiles[tile] = hashes
            state.missing = nil
        }
    }

    func hash(level: Int, index: UInt64) throws -> Hash256 {
        let place = TilePath.place(level: level, index: index, size: size)
        let found = state.withLock { state in
            let hashes = state.tiles[place.tile]
            if hashes == nil { state.missing = place.tile }
            return hashes
        }
        guard let hashes = found, hashes.count == place.tile.width else { throw Missing() }
        return HashTile.root(hashes[place.run])
    }
}

extension CofferError {
    /// The entries or hashes that a source serves are not in the checkpoint's tree.
    fileprivate static let tiles = CofferError(
        .tampering, "The served entries or hashes are not in the ledger's tree.", rule: "entries.root")
}
