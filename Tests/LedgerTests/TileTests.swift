import CofferTestKit
import Sealing
import Testing

@testable import Ledger

@Suite("Tiles")
struct TileTests {
    @Test(
        "Paths in groups of three digits",
        arguments: [
            (TilePath(level: nil, index: 1_234_067), "tile/entries/x001/x234/067"),
            (TilePath(level: 0, index: 0), "tile/0/000"),
            (TilePath(level: 63, index: 999, width: 255), "tile/63/999.p/255"),
            (TilePath(level: 2, index: 1000, width: 1), "tile/2/x001/000.p/1"),
            (TilePath(level: 0, index: .max), "tile/0/x018/x446/x744/x073/x709/x551/615"),
        ])
    func paths(tile: TilePath, path: String) {
        #expect(tile.path == path)
        #expect(TilePath(parsing: path) == tile)
    }

    @Test(
        "One spelling a path",
        arguments: [
            "tile/00/000", "tile/64/000", "tile/0/0", "tile/0/x000/001", "tile/0/0000", "tile/0/000.p/0",
            "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p", "tile/0/x001", "tile/0/001/002",
            "tile/0/+01", "tile//000", "tile/entries/", "tile/entries", "/tile/0/000", "tile/0/000/", "tile/-1/000",
            "tile/0/../000", "tile/0/x018/x446/x744/x073/x709/x551/616",
            "tile/0/x999/x018/x446/x744/x073/x709/x551/615",
            "tile/٠/000", "tile/0/００0", "", "checkpoint", "tile/x/000",
        ])
    func otherSpellings(path: String) { #expect(TilePath(parsing: path) == nil) }

    @Test("Sizes 256 and 70,000 have the tiles that the notes on the format name")
    func sizes() {
        #expect(TilePath.all(size: 0).isEmpty)
        #expect(TilePath.all(size: 256).map(\.path) == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"])
        let large = TilePath.all(size: 70_000)
        #expect(large.filter { $0.level == 0 && !$0.isPartial }.count == 273)
        #expect(
            large.filter(\.isPartial).map(\.path) == [
                "tile/entries/273.p/112", "tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1",
            ])
    }

    @Test("Appending in any batches leaves the tiles of the naive tree")
    func edge() throws {
        var generator = SeededGenerator()
        let entries = records(700)
        let leaves = entries.map { Merkle.leafHash($0) }
        var edge = TileEdge()
        let directory = TileDirectory(path: "log", files: SimulatedDisk())
        while edge.size < entries.count {
            let start = Int(edge.size)
            let end = min(entries.count, start + Int.random(in: 1...150, using: &generator))
            try directory.write(edge.append(Array(entries[start..<end])))
            let size = UInt64(end)
            #expect(edge.root == NaiveTree.root(leaves[..<end]), "\(generator)")
            let tree = directory.tree(size: size)
            #expect(try tree.root() == edge.root)
            for tile in TilePath.all(size: size) { _ = try directory.read(tile) }
            let index = UInt64.random(in: 0..<size, using: &generator)
            let proof = try tree.inclusionProof(index: index)
            #expect(proof == NaiveTree.path(Int(index), leaves[..<end]), "\(generator)")
            let old = UInt64.random(in: 1...size, using: &generator)
            #expect(try tree.consistencyProof(from: old) == NaiveTree.proof(Int(old), leaves[..<end]), "\(generator)")
            edge = try TileEdge(reading: directory, size: size)
        }
        #expect(try directory.entries(bundle: 1, width: 256).map(Array.init) == Array(entries[256..<512]))
    }

    @Test("Full tiles carry upward through two levels")
    func carry() throws {
        var edge = TileEdge()
        let entry = Bytes([7])
        var written: [TilePath: Bytes] = [:]
        for _ in 0..<4 {
            for file in edge.append(Array(repeating: entry, count: 16_500)) { written[file.path] = file.bytes }
        }
        var frontier = MerkleFrontier()
        for _ in 0..<66_000 { frontier.append(leafHash: Merkle.leafHash(entry)) }
        #expect(edge.root == frontier.root)
        for tile in TilePath.all(size: 66_000) { #expect(written[tile] != nil, "\(tile.path)") }
        #expect(written[TilePath(level: 1, index: 0)]?.count == 8_192)
        #expect(written[TilePath(level: 2, index: 0, width: 1)]?.count == 32)
    }

    @Test("A partial tile that is gone is the beginning of the full one")
    func fallback() throws {
        let directory = TileDirectory(path: "log", files: SimulatedDisk())
        var edge = TileEdge()
        try directory.write(edge.append(records(100)))
        try directory.write(edge.append(Array(records(256).dropFirst(100))))
        for level in [nil, 0] {
            let part = TilePath(level: level, index: 0, width: 100)
            let before = try directory.read(part)
            try directory.removePartials(of: part)
            #expect(try directory.read(part) == before)
        }
        #expect(try directory.entries(bundle: 0, width: 100).map(Array.init) == records(100))
        #expect(throws: TileError.missing(TilePath(level: 0, index: 1))) {
            try directory.read(TilePath(level: 0, index: 1))
        }
    }

    @Test("A bundle is exactly its entries")
    func bundles() throws {
        let entries: [Bytes] = [[], [1], Bytes(repeating: 2, count: 65_535)]
        let bytes = EntryBundle.encode(entries)
        #expect(try EntryBundle.parse(bytes, count: 3).map(Array.init) == entries)
        #expect(throws: FormatError.trailingBytes) { try EntryBundle.parse(bytes, count: 2) }
        #expect(throws: FormatError.truncated) { try EntryBundle.parse(bytes, count: 4) }
        #expect(throws: FormatError.truncated) { try EntryBundle.parse(Array(bytes.dropLast()), count: 3) }
        #expect(throws: FormatError.trailingBytes) { try HashTile.parse(Bytes(repeating: 0, count: 65), width: 2) }
    }
}
