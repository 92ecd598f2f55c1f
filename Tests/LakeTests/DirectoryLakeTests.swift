import FoundationEssentials
import Glibc
import Lake
import Sealing
import Testing

@Suite("Lake in a folder")
struct DirectoryLakeTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("lake-\(UUID().uuidString)")
        .path
    private let name = Hash256(of: Array("a name".utf8))

    private func withLake(_ body: (DirectoryLake) async throws -> Void) async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(try DirectoryLake(path: directory))
    }

    @Test("A lake keeps what it is given")
    func keepsWhatItIsGiven() async throws {
        try await withLake { lake in
            #expect(try await lake.get(name) == nil)
            #expect(try await lake.put(name, [1, 2, 3], onlyIfAbsent: true))
            #expect(try await lake.get(name) == [1, 2, 3])
            #expect(try await lake.exists(name))
            try await lake.delete(name)
            try await lake.delete(name)
            #expect(try await !lake.exists(name))
        }
    }

    @Test("A write that requires absence never replaces")
    func onlyIfAbsentNeverReplaces() async throws {
        try await withLake { lake in
            try await lake.put(name, [1], onlyIfAbsent: false)
            #expect(try await !lake.put(name, [2], onlyIfAbsent: true))
            #expect(try await lake.get(name) == [1])
            #expect(try await lake.put(name, [3], onlyIfAbsent: false))
            #expect(try await lake.get(name) == [3])
        }
    }

    @Test("Concurrent puts have one winner")
    func concurrentPutsHaveOneWinner() async throws {
        try await withLake { lake in
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for i in 0..<16 {
                    group.addTask { [name] in try await lake.put(name, [UInt8(i)], onlyIfAbsent: true) }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
        }
    }

    @Test("Objects have no times, and no other files are left")
    func tellsNeitherWhenNorLeavesTraces() async throws {
        try await withLake { lake in
            try await lake.put(name, [1], onlyIfAbsent: true)
            let names = try FileManager.default.contentsOfDirectory(atPath: directory)
            #expect(names == [name.hex])
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name.hex)")
            #expect(attributes[.modificationDate] as? Date == Date(timeIntervalSince1970: 0))
        }
    }

    @Test("A lake lists its objects, and nothing else that lies there")
    func names() async throws {
        try await withLake { lake in
            let names = (0..<3).map { Hash256(of: [$0]) }
            for name in names { try await lake.put(name, [1], onlyIfAbsent: true) }
            #expect(FileManager.default.createFile(atPath: "\(directory)/.hidden", contents: nil))
            #expect(try await lake.names() == names.sorted())
        }
    }

    @Test("An object that is too large is refused")
    func tooLargeIsRefused() async throws {
        try await withLake { lake in
            await #expect(throws: CofferError(.bug, "")) {
                try await lake.put(name, Bytes(repeating: 0, count: maximumLakeObject + 1), onlyIfAbsent: true)
            }
            let left = try await lake.get(name)
            #expect(left == nil)
        }
    }

    @Test(
        "What is not a regular file holds nobody up",
        arguments: ["pipe", "link", "dangling", "loop", "folder", "sparse"])
    func strange(_ kind: String) async throws {
        try await withLake { lake in
            let path = "\(directory)/\(name.hex)"
            let other = Hash256(of: [1])
            switch kind {
            case "pipe": #expect(mkfifo(path, 0o644) == 0)
            case "link":
                try await lake.put(other, [1], onlyIfAbsent: true)
                #expect(symlink("\(directory)/\(other.hex)", path) == 0)
            case "dangling": #expect(symlink("\(directory)/\(other.hex)", path) == 0)
            case "loop": #expect(symlink(path, path) == 0)
            case "folder": #expect(mkdir(path, 0o755) == 0)
            default:
                try await lake.put(name, [1], onlyIfAbsent: true)
                #expect(truncate(path, 1 << 40) == 0)
            }
            await #expect(throws: CofferError(.tryLater, "", rule: "lake.object")) { try await lake.get(name) }
        }
    }

    @Test("A missing folder is reported in a sentence")
    func aMissingFolderIsASentence() async throws {
        try await withLake { lake in
            try FileManager.default.removeItem(atPath: directory)
            await #expect(throws: CofferError(.configuration, "")) {
                try await lake.put(name, [1], onlyIfAbsent: true)
            }
        }
    }
}
