import Files
import Ledger
import Rules
import Sealing
import Synchronization

/// Stopping statements that were handed to this broker: one file each, written before the broker obeys.
final class StopStore: Sendable {
    /// A stopping statement that is held.
    struct HeldStop: Sendable {
        let note: SignedNote
        let statement: Statement
        /// The ledger has refused it; it goes on binding this broker.
        var isRefused = false
    }

    private let directory: String
    private let durable: Durable
    private let held: Mutex<[Hash256: HeldStop]>
    /// How many were handed over since the start.
    private let additionCount = Atomic<UInt64>(0)

    /// Reads every file there is. One that cannot be read might be the stop that counts: nothing is passed over.
    init(directory: String, files: any FileSystem) throws(StopStoreError) {
        self.directory = directory
        let durable = Durable(files)
        self.durable = durable
        let files: [(name: String, stop: HeldStop?)]
        do throws(FileError) { files = try Self.read(directory, durable) } catch { throw .file(error) }
        var held: [Hash256: HeldStop] = [:]
        for file in files {
            guard let stop = file.stop else { throw .unreadable(file.name) }
            held[stop.note.hash] = stop
        }
        self.held = Mutex(held)
    }

    /// Every file's name, and the statement in it if it is the one that it is named after.
    private static func read(_ directory: String, _ durable: Durable) throws(FileError) -> [(String, HeldStop?)] {
        try durable.makeDirectories(directory)
        try durable.removeTemporaries(in: directory)
        var files: [(String, HeldStop?)] = []
        for name in try durable.files.list(directory) {
            let bytes = try durable.files.read("\(directory)/\(name)", atMost: SignedNote.maximumCount)
            let note = bytes.flatMap { try? SignedNote(parsing: $0) }
            let statement = note.flatMap { try? Statement(parsing: $0.text) }
            guard let note, let statement, note.hash.hex == name else {
                files.append((name, nil))
                continue
            }
            // What is obeyed from now on must be on the disk, not in the page cache alone.
            try durable.write(note.encoded, to: "\(directory)/\(name)")
            files.append((name, HeldStop(note: note, statement: statement)))
        }
        return files
    }

    /// Grows with every statement handed over: whoever read `all` before knows whether it still holds.
    var additions: UInt64 { additionCount.load(ordering: .sequentiallyConsistent) }

    var all: [HeldStop] { held.withLock { Array($0.values) } }

    func add(_ note: SignedNote, _ statement: Statement) throws(FileError) {
        try durable.write(note.encoded, to: "\(directory)/\(note.hash.hex)")
        held.withLock { $0[note.hash] = HeldStop(note: note, statement: statement) }
        additionCount.add(1, ordering: .sequentiallyConsistent)
    }

    /// Once the ledger has accepted it, the state says the same.
    func remove(_ hash: Hash256) throws(FileError) {
        try durable.files.remove("\(directory)/\(hash.hex)")
        held.withLock { $0[hash] = nil }
    }

    func markRefused(_ hash: Hash256) { held.withLock { $0[hash]?.isRefused = true } }
}

/// Why the stopping statements that are held cannot be taken up; the broker must not start.
enum StopStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    case file(FileError)
    /// A file of this name that is no stopping statement, or not the one it is named after.
    case unreadable(String)

    var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .unreadable(let name): "\(name) is not the statement that it is named after"
        }
    }
}
