import Files
import Glibc
package import Ledger
package import Rules
package import Sealing

/// A long, valid, signed log with a realistic mix of statements, determined by its seed: for measuring, and for tests
/// of what must hold over many entries.
///
/// Most entries are releases; one in twenty-five or so is refused, each by a rule that a careless job or a late one would
/// meet.
package struct LargeLog: Sendable {
    /// What there is more of in a longer log.
    package enum Growth: Sendable {
        /// People: the clock goes through sixty days, however many entries there are, and no grant ends in them.
        case people
        /// Time, at fifty entries an hour: the same five hundred people, and grants of two days. Of up to 100,000
        /// entries, after which consents end.
        case steady
    }

    /// How many entries it has, the charter included; 16 at least.
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

    /// Hands on the entries in order, some thousand at a time, signed on all cores.
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

    /// Writes the log's files and publishes a head that everyone cosigned a second after the last entry. Nothing is
    /// synced to the disk: it is a test's.
    @discardableResult
    package func write(to path: String) async throws -> SignedNote {
        let directory = TileDirectory(path: path, files: UnsyncedFiles())
        var edge = TileEdge()
        try await entries { entries in
            // Partial tiles stand at the end alone.
            let isLast = edge.size + UInt64(entries.count) == UInt64(count)
            try directory.write(edge.append(entries).filter { isLast || !$0.path.isPartial })
        }
        let head = try Self.head(size: edge.size, root: edge.root, seconds: Seconds(end) + 1)
        try directory.publish(checkpoint: head.encoded)
        return head
    }

    /// When the last entry is stamped.
    package var end: Milliseconds {
        switch growth {
        case .people: LargeLogPlan.start + 60 * millisecondsPerDay
        case .steady: LargeLogPlan.start + 72_000 * count
        }
    }

    /// A head that the ledger and all cosigners have signed.
    package static func head(size: UInt64, root: Hash256, seconds: Seconds) throws -> SignedNote {
        let scenario = Scenario(now: LargeLogPlan.start)
        let text = Checkpoint(origin: origin, size: size, root: root).text
        guard let ledger = scenario.terms.ledgerNoteKey(origin: origin) else { throw NoteError.malformed }
        var note = try SignedNote(text: text, signatures: [ledger.sign(text, with: Scenario.key("ledger"))])
        for name in scenario.cosignerNames {
            let key = Scenario.key(name)
            note.add(Cosignature.make(text, by: NoteKey(cosigner: key.publicKey), with: key, time: seconds))
        }
        return note
    }

    /// A multiple of 256, so that every bundle but the last is whole.
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

/// An entry that has yet to be signed.
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

/// The file system without its syncs.
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
