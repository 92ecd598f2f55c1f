import Files
import Glibc
package import Ledger
package import Rules
package import Sealing

/// A long, valid, signed log with a realistic mix of statements, determined by its seed, for benchmarks and for tests
/// over many entries.
///
/// Most entries are releases. About one in twenty-five is refused, by a rule that a careless or late job would break.
package struct LargeLog: Sendable {
    /// What grows with the length of the log.
    package enum Growth: Sendable {
        /// People: the log covers sixty days for any number of entries, and no grant ends in this time.
        case people
        /// Time, at fifty entries an hour: the same five hundred people, and grants of two days. At most 100,000
        /// entries, because then consents end.
        case steady
    }

    /// The number of entries, with the charter; at least 16.
    package let count: Int
    package let seed: UInt64
    package let growth: Growth

    package init(count: Int, seed: UInt64 = 1, growth: Growth = .people) {
        self.count = max(count, 16)
        self.seed = seed
        self.growth = growth
    }

    package static let origin = Scenario.origin
    /// What clients pin.
    package static var charter: Charter { Scenario(now: LargeLogPlan.start).charter }
    package static var charterNote: Bytes { Scenario(now: LargeLogPlan.start).charterNote }

    /// Passes the entries to `take` in order, some thousand at a time, signed on all cores.
    package func entries(_ take: ([Bytes]) async throws -> Void) async throws {
        var plan = LargeLogPlan(self)
        var planned = plan.next(Self.chunk)
        while !planned.isEmpty {
            let ready = planned
            async let signed = Self.sign(ready)
            planned = plan.next(Self.chunk)
            try await take(await signed)
        }
    }

    /// Writes the log's files and publishes a checkpoint that all cosigners signed a second after the last entry. Files
    /// are not synced, because they are for tests.
    @discardableResult
    package func write(to path: String) async throws -> SignedNote {
        let directory = TileDirectory(path: path, files: UnsyncedFiles())
        var edge = TileEdge()
        try await entries { entries in
            // Only the last tiles are partial.
            let isLast = edge.size + UInt64(entries.count) == UInt64(count)
            try directory.write(edge.append(entries).filter { isLast || !$0.path.isPartial })
        }
        let checkpoint = try Self.checkpoint(size: edge.size, root: edge.root, seconds: Seconds(end) + 1)
        try directory.publish(checkpoint: checkpoint.encoded)
        return checkpoint
    }

    /// The stamp of the last entry.
    package var end: Milliseconds {
        switch growth {
        case .people: LargeLogPlan.start + 60 * millisecondsPerDay
        case .steady: LargeLogPlan.start + 72_000 * count
        }
    }

    /// A checkpoint that the ledger and all cosigners have signed.
    package static func checkpoint(size: UInt64, root: Hash256, seconds: Seconds) throws -> SignedNote {
        try Scenario.checkpoint(size: size, root: root, seconds: seconds)
    }

    /// A multiple of 256, so that every bundle except the last is full.
    private static let chunk = 4_096

    private static func sign(_ planned: [PlannedEntry]) async -> [Bytes] {
        let slice = 256
        return await withTaskGroup(of: (Int, [Bytes]).self) { group in
            for start in stride(from: 0, to: planned.count, by: slice) {
                let part = planned[start..<min(start + slice, planned.count)]
                group.addTask { (start, part.map(\.signed)) }
            }
            var parts: [(Int, [Bytes])] = []
            for await part in group { parts.append(part) }
            return parts.sorted { $0.0 < $1.0 }.flatMap(\.1)
        }
    }
}

/// An entry that is not signed yet.
struct PlannedEntry: Sendable {
    let stamp: Milliseconds
    let text: Bytes
    let signers: [SigningKey]

    /// u64 stamp ‖ the note.
    var signed: Bytes {
        var note = text + [10]
        for key in signers { note += NoteKey(signer: key.publicKey).sign(text, with: key).encoded }
        return Entry(stamp: stamp, note: note).encoded
    }
}

/// A file system that does not sync.
private struct UnsyncedFiles: FileSystem {
    private let disk = DiskFileSystem()

    private struct Unsynced: OpenFile {
        let file: any OpenFile
        func write(_ bytes: Bytes) throws(FileError) { try file.write(bytes) }
        func sync() throws(FileError) {}
    }

    func create(_ path: String, mode: mode_t?) throws(FileError) -> any OpenFile {
        Unsynced(file: try disk.create(path, mode: mode))
    }
    func read(_ path: String, atMost limit: Int) throws(FileError) -> Bytes? { try disk.read(path, atMost: limit) }
    func rename(_ old: String, to new: String) throws(FileError) { try disk.rename(old, to: new) }
    func link(_ old: String, to new: String) throws(FileError) -> Bool { try disk.link(old, to: new) }
    func syncDirectory(_ path: String) throws(FileError) {}
    func makeDirectory(_ path: String) throws(FileError) -> Bool { try disk.makeDirectory(path) }
    func list(_ path: String) throws(FileError) -> [String] { try disk.list(path) }
    func remove(_ path: String) throws(FileError) { try disk.remove(path) }
    func removeDirectory(_ path: String) throws(FileError) { try disk.removeDirectory(path) }
    func lock(_ path: String) throws(FileError) -> any Sendable { try disk.lock(path) }
}
