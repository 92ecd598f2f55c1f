import CofferTestKit
import Files
import Foundation
import Ledger
import Messages
import Replica
import Sealing
import Testing

@testable import Audit

/// Every file of a mirror's folder counts: what belongs to no entry is told, and nothing unread is called checked.
@Suite("The files of a mirror")
struct FolderCheckTests {
    private struct Mirror {
        let log: SignedLog
        let tiles: TileDirectory
        let replayed: Replayed

        func check() throws -> FolderCheck.Files { try FolderCheck(tiles).check(replayed) }

        func write(_ bytes: Bytes, _ path: String) throws {
            let file = "\(tiles.path)/\(path)"
            try Durable().makeDirectories(Durable.split(file).directory)
            try Durable().write(bytes, to: file)
        }

        func read(_ path: String) throws -> Bytes {
            try #require(try DiskFileSystem().read("\(tiles.path)/\(path)", atMost: 1 << 24))
        }
    }

    private static let tile = CofferError(.tampering, "", rule: "tile")

    /// Three bundles, the last with eight entries.
    private func mirror(_ body: (Mirror) throws -> Void) async throws {
        var scenario = Scenario()
        _ = scenario.programme()
        scenario.grow(by: 514)
        let log = try SignedLog(scenario)
        let tiles = try log.files()
        defer { try? FileManager.default.removeItem(atPath: tiles.path) }
        let replayed = try await Auditor(pin: log.pin, source: DirectorySource(tiles)).replay()
        try body(Mirror(log: log, tiles: tiles, replayed: replayed))
    }

    @Test("The tree's own files, those of earlier checkpoints, and the kept checkpoints are checked")
    func allAreChecked() async throws {
        try await mirror { mirror in
            // Those of the tree, and a partial tile that a fuller one replaced.
            let own = TilePath.all(size: 520).count + 1
            #expect(try mirror.check() == FolderCheck.Files(checked: own))
            let hashes = try mirror.read("tile/0/002.p/8")
            try mirror.write(Array(hashes.prefix(3 * 32)), "tile/0/002.p/3")
            try mirror.write(EntryBundle.encode(mirror.log.entries[512..<515]), "tile/entries/002.p/3")
            try mirror.write([1, 2, 3], "tile/0/.new-0123")
            try CheckpointHistory(beside: mirror.tiles.path).add(mirror.replayed.checkpoint)
            #expect(try mirror.check() == FolderCheck.Files(checked: own + 3))
        }
    }

    @Test("A file that differs, is shorter than its name says, or belongs to no entry is tampering")
    func strays() async throws {
        try await mirror { mirror in
            let hashes = try mirror.read("tile/0/002.p/8")
            var other = Array(hashes.prefix(3 * 32))
            other[70] ^= 1
            let bundle = EntryBundle.encode(mirror.log.entries[512..<520])
            let strays: [(String, Bytes)] = [
                ("tile/0/002.p/3", other), ("tile/0/002.p/3", hashes), ("tile/0/002", hashes),
                ("tile/entries/002", bundle), ("tile/entries/002.p/9", bundle),
                ("tile/entries/002.p/3", EntryBundle.encode(mirror.log.entries[511..<514])),
                ("tile/2/000.p/1", Array(hashes.prefix(32))), ("tile/7/000", Bytes(repeating: 7, count: 8_192)),
                ("tile/63/000", Bytes(repeating: 7, count: 8_192)),
                ("tile/0/x999/x999/x999/x999/x999/999", Bytes(repeating: 7, count: 8_192)),
                ("tile/0/003", Bytes(repeating: 7, count: 8_192)), ("tile/0/2", hashes), ("tile/0/002.p/junk", []),
                ("tile/junk", [1]),
            ]
            for (path, bytes) in strays {
                try mirror.write(bytes, path)
                #expect(throws: Self.tile, "\(path)") { try mirror.check() }
                try Durable().remove("\(mirror.tiles.path)/\(path)")
                if path.contains("x999") {
                    try FileManager.default.removeItem(atPath: mirror.tiles.path + "/tile/0/x999")
                }
                for folder in ["tile/2", "tile/7", "tile/63"] {
                    try? FileManager.default.removeItem(atPath: "\(mirror.tiles.path)/\(folder)")
                }
            }
            _ = try mirror.check()
        }
    }

    @Test("Files of later entries are counted as such: this checkpoint does not cover them")
    func laterEntries() async throws {
        try await mirror { mirror in
            let own = try mirror.check().checked
            let more = mirror.log.entries[512..<520] + Array(repeating: mirror.log.entries[519], count: 248)
            try mirror.write(EntryBundle.encode(more), "tile/entries/002")
            try mirror.write(HashTile.encode(more.map { Merkle.leafHash($0) }), "tile/0/002")
            #expect(try mirror.check() == FolderCheck.Files(checked: own, beyond: 2))
            try mirror.write(EntryBundle.encode(more.prefix(2)), "tile/entries/003.p/2")
            try mirror.write(HashTile.encode(more.prefix(2).map { Merkle.leafHash($0) }), "tile/0/003.p/2")
            #expect(try mirror.check() == FolderCheck.Files(checked: own, beyond: 4))
            try mirror.write(EntryBundle.encode(more.reversed()), "tile/entries/002")
            #expect(throws: Self.tile) { try mirror.check() }
        }
    }

    @Test("Garbage in heads, a checkpoint by a stranger, or one of another log is tampering")
    func heads() async throws {
        try await mirror { mirror in
            func rule(_ bytes: Bytes) throws -> String? {
                try mirror.write(bytes, "heads/20000")
                do throws(CofferError) { _ = try FolderCheck(mirror.tiles).check(mirror.replayed) } catch {
                    return error.rule
                }
                return nil
            }
            func kept(_ note: SignedNote) -> Bytes { Array("====\n".utf8) + note.encoded }
            #expect(try rule([1, 2, 3]) == "heads.format")
            #expect(try rule(kept(mirror.log.checkpoint)) == nil)
            let root = try mirror.tiles.tree(size: 520).root(at: 300)
            #expect(try rule(kept(try Scenario.checkpoint(size: 300, root: root, seconds: 1_900_000_000))) == nil)
            #expect(
                try rule(kept(try Scenario.checkpoint(size: 300, root: .zero, seconds: 1_900_000_000))) == "heads.root")
            #expect(
                try rule(kept(try Scenario.checkpoint(size: 521, root: root, seconds: 1_900_000_000))) == "heads.root")
            let stranger = try SignedNote.message(mirror.log.checkpoint.text, by: Scenario.key("stranger"))
            #expect(try rule(kept(stranger)) == "heads.signature")
        }
    }
}
