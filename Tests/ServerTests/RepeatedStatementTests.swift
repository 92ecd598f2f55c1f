import CofferTestKit
import Files
import Hummingbird
import Ledger
import Logging
import Messages
import Rules
import Sealing
import ServiceLifecycle
import Serving
import Synchronization
import Testing

@testable import LedgerServer

/// Statements are public, so that anybody can send them again and again.
@Suite("Repeated statements", .timeLimit(.minutes(15)))
struct RepeatedStatementTests {
    /// A disk that counts the bytes which are read.
    private final class CountingDisk: FileSystem {
        let disk: SimulatedDisk
        let bytes = Mutex(0)

        init(_ disk: SimulatedDisk) { self.disk = disk }

        struct File: ReadableFile {
            let file: any ReadableFile
            let disk: CountingDisk
            var count: Int { file.count }
            var identity: FileIdentity? { file.identity }
            func read(_ range: Range<Int>) throws(FileError) -> Bytes {
                disk.bytes.withLock { $0 += range.count }
                return try file.read(range)
            }
        }

        func open(_ path: String, atMost limit: Int) throws(FileError) -> (any ReadableFile)? {
            try disk.open(path, atMost: limit).map { File(file: $0, disk: self) }
        }
        func read(_ path: String, atMost limit: Int) throws(FileError) -> Bytes? {
            let bytes = try disk.read(path, atMost: limit)
            self.bytes.withLock { $0 += bytes?.count ?? 0 }
            return bytes
        }
        func create(_ path: String, mode: UInt32?) throws(FileError) -> any OpenFile {
            try disk.create(path, mode: mode)
        }
        func rename(_ old: String, to new: String) throws(FileError) { try disk.rename(old, to: new) }
        func link(_ old: String, to new: String) throws(FileError) -> Bool { try disk.link(old, to: new) }
        func syncDirectory(_ path: String) throws(FileError) { try disk.syncDirectory(path) }
        func makeDirectory(_ path: String) throws(FileError) -> Bool { try disk.makeDirectory(path) }
        func list(_ path: String) throws(FileError) -> [String] { try disk.list(path) }
        func remove(_ path: String) throws(FileError) { try disk.remove(path) }
        func removeDirectory(_ path: String) throws(FileError) { try disk.removeDirectory(path) }
        func lock(_ path: String) throws(FileError) -> any Sendable { try disk.lock(path) }
    }

    @Test("A stop that is sent again is answered without its bundle, and adds nothing to the log")
    func again() async throws {
        let world = try LedgerWorld { $0.rate = 10_000 }
        let disk = CountingDisk(world.disk)
        let service = try await world.service(on: disk)
        var scenario = world.scenario
        let halt = Scenario.note(Halt(heading: scenario.stoppingHeading()), by: ["security"])
        // Refused as they are, large statements make a bundle of megabytes.
        let large = (0..<40).map { _ in
            let enrol = Enrol(
                heading: scenario.heading(), charter: scenario.charter.hash,
                pseudonyms: (0..<500).map { _ in SigningKey().publicKey })
            return Scenario.note(enrol, by: ["desk"])
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [service.sequencer], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        let run = Task { try await group.run() }
        for note in large { _ = try await service.sequencer.append(note) }
        let first = try await service.sequencer.append(halt)
        let bundle = try service.tiles.read(TilePath(level: nil, index: 0, width: 42)).count
        #expect(bundle > 500_000 && first.index == 41 && !first.isDuplicate)

        let before = disk.bytes.withLock { $0 }
        for _ in 0..<100 {
            let again = try await service.sequencer.append(halt)
            #expect(again.index == 41 && again.isDuplicate && again.time == first.time)
            #expect(again.verdict.isAccepted)
        }
        let read = (disk.bytes.withLock { $0 } - before) / 100
        #expect(read < 16 << 10, "\(read) bytes each, of a bundle with \(bundle)")
        let published = try #require(try service.tiles.checkpoint())
        #expect(try world.policy.verify(SignedNote(parsing: published)).size == 42)
        await group.triggerGracefulShutdown()
        try await run.value
    }
}
