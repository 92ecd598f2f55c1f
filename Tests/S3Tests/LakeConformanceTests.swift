import Client
import Foundation
import Lake
import S3
import Sealing
import Testing

/// What every lake promises. One suite for a folder, for the small store of these tests, and for a real store if
/// `COFFER_TEST_S3` names a bucket in one.
@Suite("What every lake promises", .timeLimit(.minutes(5)))
struct LakeConformanceTests {
    enum Kind: String, CaseIterable {
        case folder, smallStore, withoutRanges, realStore

        static var here: [Kind] { allCases.filter { $0 != .realStore || realAddress != nil } }
    }

    private static let realAddress = ProcessInfo.processInfo.environment["COFFER_TEST_S3"]

    /// A new lake of this kind, without objects of its own.
    private func withLake(_ kind: Kind, _ body: (any ListedLake) async throws -> Void) async throws {
        switch kind {
        case .folder:
            let directory = FileManager.default.temporaryDirectory.appendingPathComponent("lake-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: directory) }
            try await body(try DirectoryLake(path: directory.path))
        case .smallStore, .withoutRanges:
            let store = try SmallStore { $0.knowsRanges = kind == .smallStore }
            try await body(try store.lake())
        case .realStore:
            let address = try #require(Self.realAddress)
            let parts = address.split(separator: "?", maxSplits: 1)
            let opener = LakeOpener(
                named: "\(parts[0])/\(UUID().uuidString)?\(parts.last ?? "")", access: .job(usesRole: false),
                environment: ProcessInfo.processInfo.environment
            ) { Milliseconds(clamping: Date().timeIntervalSince1970 * 1_000) }
            try await body(try opener.open(""))
        }
    }

    private let name = Hash256(of: Random.bytes(32))

    @Test("An object is what was put, and then it is gone", arguments: Kind.here)
    func puts(_ kind: Kind) async throws {
        try await withLake(kind) { lake async throws in
            let bytes = Random.bytes(20_000)
            #expect(try await lake.get(name) == nil)
            #expect(try await lake.size(of: name) == nil)
            #expect(try await !lake.exists(name))
            #expect(try await lake.put(name, bytes, onlyIfAbsent: true))
            #expect(try await lake.get(name) == bytes)
            #expect(try await lake.size(of: name) == bytes.count)
            #expect(try await lake.exists(name))
            try await lake.delete(name)
            try await lake.delete(name)
            #expect(try await lake.get(name) == nil)
            #expect(try await !lake.exists(name))
            #expect(try await lake.put(name, [1], onlyIfAbsent: true))
        }
    }

    @Test("A part of an object is given alone, and as far as it goes", arguments: Kind.here)
    func ranges(_ kind: Kind) async throws {
        try await withLake(kind) { lake async throws in
            let bytes = Random.bytes(1_000)
            try await lake.put(name, bytes, onlyIfAbsent: true)
            for range in [0..<1, 0..<1_000, 10..<20, 999..<1_000, 990..<2_000, 0..<5_000] {
                #expect(try await lake.get(name, range: range) == Bytes(bytes[range.clamped(to: 0..<1_000)]))
            }
            #expect(try await lake.get(name, range: 1_000..<1_001) == [])
            #expect(try await lake.get(name, range: 5..<5) == [])
            #expect(try await lake.get(Hash256(of: [1]), range: 0..<10) == nil)
            #expect(try await lake.get(Hash256(of: [1]), range: 0..<0) == nil)
        }
    }

    @Test("An object without bytes is one", arguments: Kind.here)
    func empty(_ kind: Kind) async throws {
        try await withLake(kind) { lake async throws in
            #expect(try await lake.put(name, [], onlyIfAbsent: true))
            #expect(try await lake.get(name) == [])
            #expect(try await lake.size(of: name) == 0)
            #expect(try await lake.exists(name))
            #expect(try await !lake.put(name, [1], onlyIfAbsent: true))
        }
    }

    @Test("A write that requires absence never replaces", arguments: Kind.here)
    func onlyIfAbsent(_ kind: Kind) async throws {
        try await withLake(kind) { lake async throws in
            #expect(try await lake.put(name, [1], onlyIfAbsent: true))
            #expect(try await !lake.put(name, [2], onlyIfAbsent: true))
            #expect(try await lake.get(name) == [1])
            #expect(try await lake.put(name, [3], onlyIfAbsent: false))
            #expect(try await lake.get(name) == [3])
        }
    }

    @Test("Of eight racing writers one wins, and its object stays", arguments: Kind.here)
    func races(_ kind: Kind) async throws {
        try await withLake(kind) { lake async throws in
            for round in UInt8(0)..<5 {
                let name = Hash256(of: name.bytes, [round])
                let winners = try await withThrowingTaskGroup(of: UInt8?.self) { group in
                    for writer in UInt8(0)..<8 {
                        group.addTask {
                            try await lake.put(name, Bytes(repeating: writer, count: 100), onlyIfAbsent: true)
                                ? writer : nil
                        }
                    }
                    return try await group.reduce(into: [UInt8]()) { if let writer = $1 { $0.append(writer) } }
                }
                try #require(winners.count == 1)
                #expect(try await lake.get(name) == Bytes(repeating: winners[0], count: 100))
            }
        }
    }

    @Test("The largest object goes and comes whole, and is kept as a small one is", arguments: Kind.here)
    func large(_ kind: Kind) async throws {
        try await withLake(kind) { lake async throws in
            var bytes = Bytes(repeating: 7, count: maximumLakeObject)
            bytes[8 << 20] = 8
            #expect(try await lake.put(name, bytes, onlyIfAbsent: true))
            #expect(try await lake.get(name) == bytes)
            #expect(try await lake.get(name, range: (8 << 20) - 1..<(8 << 20) + 2) == [7, 8, 7])
            #expect(try await lake.size(of: name) == maximumLakeObject)
            let other = Bytes(repeating: 9, count: 9 << 20)
            #expect(try await !lake.put(name, other, onlyIfAbsent: true))
            #expect(try await lake.get(name, range: 0..<1) == [7])
            #expect(try await lake.put(name, other, onlyIfAbsent: false))
            #expect(try await lake.size(of: name) == other.count)
            await #expect(throws: CofferError(.bug, "")) {
                try await lake.put(name, Bytes(repeating: 0, count: maximumLakeObject + 1), onlyIfAbsent: true)
            }
        }
    }

    @Test("A list has every object", arguments: Kind.here)
    func lists(_ kind: Kind) async throws {
        try await withLake(kind) { lake async throws in
            #expect(try await lake.names() == [])
            let names = (UInt8(0)..<5).map { Hash256(of: name.bytes, [$0]) }.sorted()
            for name in names { try await lake.put(name, [1], onlyIfAbsent: true) }
            #expect(try await lake.names() == names)
        }
    }
}
