import Files
import Ledger
import Rules
import Sealing
import Synchronization

/// The stopping statements that this broker received: one file each, written before the broker obeys it.
final class StopStore: Sendable {
    /// A stopping statement that is held.
    struct HeldStop: Sendable {
        let note: SignedNote
        let statement: Statement
        /// When it is submitted next. A ledger that refuses it is not asked again at once; this broker obeys it anyway.
        var nextSubmission: Milliseconds = 0
    }

    private let directory: String
    private let durable: Durable
    private let held: Mutex<[Hash256: HeldStop]>
    /// How many were added since the start.
    private let additionCount = Atomic<UInt64>(0)

    /// Reads every file, and throws if one is not a valid stop: it might be the stop that matters.
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

    /// Every file's name and its statement; nil if the name is not the statement's hash.
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
            // What is obeyed from now on must be on the disk, not only in the page cache.
            try durable.write(note.encoded, to: "\(directory)/\(name)")
            files.append((name, HeldStop(note: note, statement: statement)))
        }
        return files
    }

    /// Grows with every added statement. An unchanged value means that a copy of `all` has every added stop.
    var additions: UInt64 { additionCount.load(ordering: .sequentiallyConsistent) }

    var all: [HeldStop] { held.withLock { Array($0.values) } }

    func add(_ note: SignedNote, _ statement: Statement) throws(FileError) {
        try durable.write(note.encoded, to: "\(directory)/\(note.hash.hex)")
        held.withLock { $0[note.hash] = HeldStop(note: note, statement: statement) }
        additionCount.add(1, ordering: .sequentiallyConsistent)
    }

    /// Removes a stop whose effect stands in the followed state.
    func remove(_ hash: Hash256) throws(FileError) {
        try durable.files.remove("\(directory)/\(hash.hex)")
        held.withLock { $0[hash] = nil }
    }

    func postpone(_ hash: Hash256, until time: Milliseconds) { held.withLock { $0[hash]?.nextSubmission = time } }
}

/// Why the held stopping statements cannot be read; the broker must not start.
enum StopStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    case file(FileError)
    /// The file of this name is not a statement, or its name is not the statement's hash.
    case unreadable(String)

    var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .unreadable(let name): "\(name) is not the statement that it is named after"
        }
    }
}
