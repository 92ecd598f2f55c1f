import CofferTestKit
import FoundationEssentials
import Sealing
import Testing

@testable import Ledger

/// Stops the writer at every operation of the disk in every way, restarts it from what is left, and checks after each
/// start: the published checkpoint never goes back, no acknowledged entry is lost, the log is a prefix of what was
/// submitted.
@Suite("Log writer under faults")
struct LogFaultTests {
    /// What the world has seen of a log.
    struct World {
        let key: SigningKey
        let noteKey: NoteKey
        let disk: SimulatedDisk
        /// Entries whose publication was acknowledged.
        var acknowledged: [Bytes] = []
        /// Every entry that was ever handed in.
        var submitted: Set<Bytes> = []
        var published = Published()
        var next = 0

        /// The last published checkpoint that was seen, and what was below it.
        struct Published {
            var size: UInt64 = 0
            var entries: [Bytes] = []
            var frontier = MerkleFrontier()
        }

        init() throws {
            let cast = try NoteTests.Cast(cosigners: 0)
            key = cast.ledger
            noteKey = cast.ledgerKey
            disk = SimulatedDisk()
        }

        /// The same world on a copy of its disk.
        init(copying other: World) {
            key = other.key
            noteKey = other.noteKey
            disk = SimulatedDisk(copying: other.disk)
            acknowledged = other.acknowledged
            submitted = other.submitted
            published = other.published
            next = other.next
        }

        private mutating func batch(_ count: Int) -> [Bytes] {
            defer { next += count }
            let batch = (next..<next + count).map { Array("entry \($0)".utf8) }
            submitted.formUnion(batch)
            return batch
        }

        /// One process: opens the log, looks, appends until something fails. True when all went well.
        mutating func process(batches: [Int]) throws -> Bool {
            guard let writer = try? LogWriter(origin: noteKey.name, key: key, directory: "log", files: disk) else {
                return false
            }
            try look(writer)
            for count in batches {
                let batch = batch(count)
                guard (try? writer.append(batch)) != nil, let checkpoint = writer.committed,
                    (try? writer.publish(checkpoint)) != nil
                else {
                    // A writer that failed once does nothing more, even if the disk would.
                    #expect(writer.failure != nil && (try? writer.append([[1]])) == nil)
                    return false
                }
                acknowledged += batch
                try look(writer)
            }
            return true
        }

        /// Checks what a client would see, and that everything is where it should be.
        private mutating func look(_ writer: LogWriter) throws {
            let entries = try read(writer.tiles, size: writer.size)
            #expect(Set(entries).count == entries.count && submitted.isSuperset(of: entries))
            #expect(Array(entries.prefix(published.entries.count)) == published.entries, "a published entry changed")
            let kept = Set(acknowledged)
            #expect(entries.filter(kept.contains) == acknowledged, "an acknowledged entry is lost or moved")
            guard let bytes = try writer.tiles.checkpoint() else {
                #expect(published.size == 0, "the published checkpoint is gone")
                return
            }
            let checkpoint = try Checkpoint(parsing: try SignedNote(parsing: bytes).text)
            let size = checkpoint.size.rawValue
            try #require(size >= published.size, "the published checkpoint went back")
            try #require(size <= writer.size, "the published checkpoint is ahead of the log")
            for entry in entries[Int(published.size)..<Int(size)] {
                published.frontier.append(leafHash: Merkle.leafHash(entry))
            }
            #expect(checkpoint.root == published.frontier.root)
            for tile in TilePath.all(size: size) { _ = try writer.tiles.read(tile) }
            published.size = size
            published.entries = Array(entries.prefix(Int(size)))
        }

        private func read(_ tiles: TileDirectory, size: UInt64) throws -> [Bytes] {
            try TilePath.all(size: size).filter { $0.level == nil }
                .flatMap { try tiles.entries(bundle: $0.index, width: $0.width).map(Array.init) }
        }
    }

    /// A log of 255 entries: the batch that follows fills a tile, so that partial tiles are removed on the way.
    static func almostFull() throws -> World {
        var world = try World()
        let isWell = try world.process(batches: [1, 254])
        try #require(isWell)
        return world
    }

    /// What the process does that is stopped. How small batches grow a partial tile shows in the new log.
    static func batches(_ start: World) -> [Int] { start.next == 0 ? [2, 3] : [2] }

    /// `SLOW=1` tries the full tile under every test.
    static let isSlow = ProcessInfo.processInfo.environment["SLOW"] != nil

    static func operations(_ start: World) throws -> Int {
        var world = World(copying: start)
        world.disk.start()
        let isWell = try world.process(batches: batches(start))
        try #require(isWell)
        return world.disk.operations
    }

    @Test("A power cut after every fault", arguments: UInt64(1)...3)
    func powerCut(seed: UInt64) throws {
        try everyFault(isAlmostFull: seed == 1 || Self.isSlow) { world, number in
            world.disk.cutPower(seed: seed &* 7_919 &+ UInt64(number))
            world.disk.start()
            let isWell = try world.process(batches: [1, 2])
            #expect(isWell)
        }
    }

    @Test("A restart on the page cache, and the power cut only later", arguments: UInt64(1)...3)
    func pageCache(seed: UInt64) throws {
        try everyFault(isAlmostFull: Self.isSlow) { world, number in
            world.disk.start()
            let isWell = try world.process(batches: [1, 2])
            #expect(isWell)
            world.disk.cutPower(seed: seed &* 104_729 &+ UInt64(number))
            world.disk.start()
            let isStillWell = try world.process(batches: [1])
            #expect(isStillWell)
        }
    }

    @Test("A second fault while the first is being repaired", arguments: UInt64(1)...2)
    func twice(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        try everyFault(isAlmostFull: Self.isSlow) { world, _ in
            if Bool.random(using: &generator) { world.disk.cutPower(seed: generator.next()) }
            let second = SimulatedDisk.Fault.all(at: Int.random(in: 0..<50, using: &generator))
            world.disk.start(second.randomElement(using: &generator))
            _ = try world.process(batches: [1, 2])
            world.disk.cutPower(seed: generator.next())
            world.disk.start()
            let isWell = try world.process(batches: [1])
            #expect(isWell)
        }
    }

    /// For a log that is new and one whose tile is almost full: every operation, every way to fail.
    ///
    /// The second only with the two faults that differ most, unless `SLOW=1`.
    private func everyFault(isAlmostFull: Bool, then repair: (inout World, Int) throws -> Void) throws {
        for start in [try World()] + (isAlmostFull ? [try Self.almostFull()] : []) {
            for number in 0..<(try Self.operations(start)) {
                let faults = SimulatedDisk.Fault.all(at: number)
                for fault in Self.isSlow || start.next == 0 ? faults : [faults[0], faults[2]] {
                    do {
                        var world = World(copying: start)
                        world.disk.start(fault)
                        _ = try world.process(batches: Self.batches(start))
                        try repair(&world, number)
                    } catch {
                        Issue.record("\(fault): \(error)")
                    }
                }
            }
        }
    }
}
