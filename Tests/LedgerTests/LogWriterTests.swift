import CofferTestKit
import Sealing
import Testing

@testable import Files
@testable import Ledger

@Suite("Log writer")
struct LogWriterTests {
    static let origin = NoteTests.origin
    let key: SigningKey
    let policy: CheckpointPolicy

    init() throws {
        let cast = try NoteTests.Cast(cosigners: 0)
        key = cast.ledger
        policy = cast.policy
    }

    private func open(_ disk: SimulatedDisk) throws -> LogWriter {
        try LogWriter(origin: Self.origin, key: key, directory: "log", files: disk)
    }

    @Test("Appending commits, publishing shows, reopening goes on")
    func reopen() throws {
        let disk = SimulatedDisk()
        var writer = try open(disk)
        #expect(writer.size == 0 && writer.committed == nil)
        var count = 0
        for batch in [1, 3, 250, 2, 300, 1] {
            #expect(try writer.append(entries(count, batch)) == UInt64(count)..<UInt64(count + batch))
            count += batch
            let before = try writer.tiles.checkpoint()
            let checkpoint = try #require(writer.committed)
            #expect(before != checkpoint.encoded)
            try writer.publish(checkpoint)
            #expect(try writer.tiles.checkpoint() == checkpoint.encoded)
            writer = try open(disk)
            #expect(writer.size == UInt64(count) && writer.committed == checkpoint)
        }
        let leaves = entries(0, count).map { Merkle.leafHash($0) }
        #expect(try writer.tree.root() == NaiveTree.root(leaves[...]))
    }

    private func entries(_ start: Int, _ count: Int) -> [Bytes] {
        (start..<start + count).map { Array("entry \($0)".utf8) }
    }

    @Test("Empty batches, long entries and foreign checkpoints are refused and harm nothing")
    func refusals() throws {
        let writer = try open(SimulatedDisk())
        #expect(throws: LogError.badBatch) { try writer.append([]) }
        #expect(throws: LogError.badBatch) { try writer.append([Bytes(repeating: 0, count: 65_536)]) }
        _ = try writer.append([Bytes(repeating: 0, count: 65_535)])
        let checkpoint = try #require(writer.committed)
        _ = try writer.append([[1]])
        #expect(throws: LogError.notCommitted) { try writer.publish(checkpoint) }
        let text = try #require(writer.committed).text
        #expect(throws: LogError.notCommitted) { try writer.publish(try SignedNote(text: text, signatures: [])) }
        try writer.publish(try #require(writer.committed))
    }

    @Test("A second writer is noticed at the compare and swap")
    func secondWriter() throws {
        let disk = SimulatedDisk()
        let first = try open(disk)
        _ = try first.append([[1]])
        let second = try open(disk)
        _ = try second.append([[2]])
        #expect(throws: LogError.headMoved) { try first.append([[3]]) }
        #expect(throws: LogError.headMoved) { try first.append([[3]]) }
        _ = try second.append([[4]])
        #expect(try second.tiles.entries(bundle: 0, width: 3) == [[1], [2], [4]])
    }

    @Test("On a real disk one process holds the log")
    func lock() throws {
        let directory = try TemporaryDirectory()
        let writer = try LogWriter(origin: Self.origin, key: key, directory: directory.path)
        _ = try writer.append([[1]])
        #expect(throws: LogError.file(FileError(.lock, code: 11))) {
            try LogWriter(origin: Self.origin, key: key, directory: directory.path)
        }
        withExtendedLifetime(writer) {}
    }

    @Test("Files of another key, a lost checkpoint and a disk that went back are named")
    func corrupt() throws {
        let disk = SimulatedDisk()
        let writer = try open(disk)
        _ = try writer.append([[1]])
        let oldHead = try disk.read("log/head")
        let oldBatch = try disk.read("log/staging/1")
        _ = try writer.append([[2]])
        try writer.publish(try #require(writer.committed))
        func refusal() -> String? {
            do {
                _ = try LogWriter(origin: Self.origin, key: key, directory: "log", files: disk)
                return nil
            } catch LogError.corrupt(let sentence) {
                return sentence
            } catch {
                return "\(error)"
            }
        }
        #expect(refusal() == nil)
        let other = try testKey("another")
        #expect(throws: LogError.corrupt("The file `checkpoint` does not belong to this log and key.")) {
            try LogWriter(origin: Self.origin, key: other, directory: "log", files: disk)
        }
        let checkpoint = try #require(try disk.read("log/head"))
        let durable = Durable(disk)
        try durable.write(try #require(oldHead), to: "log/head")
        try durable.write(try #require(oldBatch), to: "log/staging/1")
        #expect(refusal()?.contains("the disk holds an older log") == true)
        try disk.remove("log/head")
        #expect(refusal()?.contains("`head` is missing") == true)
        try durable.write(checkpoint, to: "log/head")
        try durable.write(StagedBatch(oldSize: 1, entries: [[3]]).encoded, to: "log/staging/2")
        #expect(refusal()?.contains("do not hash to the committed checkpoint") == true)
        try disk.remove("log/staging/2")
        #expect(refusal()?.contains("batch that the committed checkpoint names") == true)
    }
}

/// A folder that goes with its last reference.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = "/tmp/coffer-test-\(UInt64.random(in: 0 ... .max))"
        _ = try DiskFileSystem().makeDirectory(path)
    }

    deinit {
        let files = DiskFileSystem()
        func empty(_ directory: String) {
            for name in (try? files.list(directory)) ?? [] {
                empty("\(directory)/\(name)")
                try? files.remove("\(directory)/\(name)")
                try? files.removeDirectory("\(directory)/\(name)")
            }
        }
        empty(path)
        try? files.removeDirectory(path)
    }
}
