import Ledger
import Rules
import Sealing
import Synchronization

/// Stopping statements that were handed to this broker: one file each, written before the broker obeys.
final class StopStore: Sendable {
    /// A stopping statement that is held.
    struct Held: Sendable {
        let note: SignedNote
        let statement: Statement
        /// The ledger has refused it; it goes on binding this broker.
        var isRefused = false
    }

    private let directory: String
    private let durable: Durable
    private let held: Mutex<[Hash256: Held]>
    /// How many were handed over since the start.
    private let additionCount = Atomic<UInt64>(0)

    init(directory: String, files: any FileSystem) throws(FileError) {
        self.directory = directory
        let durable = Durable(files)
        self.durable = durable
        try durable.makeDirectories(directory)
        try durable.removeTemporaries(in: directory)
        var held: [Hash256: Held] = [:]
        for name in try files.list(directory) {
            guard let bytes = try files.read("\(directory)/\(name)"), let note = try? SignedNote(parsing: bytes),
                let statement = try? Statement(parsing: note.text), note.hash.hex == name
            else { continue }
            held[note.hash] = Held(note: note, statement: statement)
        }
        self.held = Mutex(held)
    }

    /// Grows with every statement handed over: whoever read `all` before knows whether it still holds.
    var additions: UInt64 { additionCount.load(ordering: .sequentiallyConsistent) }

    var all: [Held] { held.withLock { Array($0.values) } }

    func add(_ note: SignedNote, _ statement: Statement) throws(FileError) {
        try durable.write(note.encoded, to: "\(directory)/\(note.hash.hex)")
        held.withLock { $0[note.hash] = Held(note: note, statement: statement) }
        additionCount.add(1, ordering: .sequentiallyConsistent)
    }

    /// Once the ledger has accepted it, the state says the same.
    func remove(_ hash: Hash256) throws(FileError) {
        try durable.files.remove("\(directory)/\(hash.hex)")
        held.withLock { $0[hash] = nil }
    }

    func markRefused(_ hash: Hash256) { held.withLock { $0[hash]?.isRefused = true } }
}
