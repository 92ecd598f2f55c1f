import Broker
import Crypto
import Files
import Glibc
import Ledger
import Sealing
import Synchronization

/// A disk and a key medium in memory that stop at a chosen step, before it or just after it happened.
final class FaultyMedia: Sendable {
    struct LedgerState {
        var files: [String: Bytes] = [:]
        var slots: [SymmetricKey?] = [nil, nil]
        var steps = 0
        var stopAt: Int?
        /// Whether the step that is reported as failed happened all the same.
        var persists = false
    }

    let state = Mutex(LedgerState())

    func arm(step: Int?, persists: Bool) {
        state.withLock {
            $0.steps = 0
            $0.stopAt = step
            $0.persists = persists
        }
    }

    var steps: Int { state.withLock { $0.steps } }

    var snapshot: LedgerState {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    /// One step that can fail; after the failed one nothing works any more.
    func step(_ change: (inout LedgerState) -> Void) -> Bool {
        state.withLock { state in
            state.steps += 1
            if let stop = state.stopAt, state.steps >= stop {
                if state.steps == stop, state.persists { change(&state) }
                return false
            }
            change(&state)
            return true
        }
    }
}

/// The disk's side of it.
struct FaultyFiles: FileSystem {
    let media: FaultyMedia

    private struct File: OpenFile {
        let media: FaultyMedia
        let path: String
        func write(_ bytes: Bytes) throws(FileError) {
            guard media.step({ $0.files[path, default: []] += bytes }) else { throw FileError(.write, code: 28) }
        }
        func sync() throws(FileError) {
            guard media.step({ _ in }) else { throw FileError(.sync, code: 5) }
        }
    }

    func create(_ path: String, mode: mode_t?) throws(FileError) -> any OpenFile {
        guard media.step({ $0.files[path] = [] }) else { throw FileError(.open, code: 28) }
        return File(media: media, path: path)
    }
    func read(_ path: String, atMost limit: Int) throws(FileError) -> Bytes? { media.snapshot.files[path] }
    func rename(_ old: String, to new: String) throws(FileError) {
        let moved = media.step { state in
            state.files[new] = state.files[old]
            state.files[old] = nil
        }
        guard moved else { throw FileError(.rename, code: 5) }
    }
    func link(_ old: String, to new: String) throws(FileError) -> Bool { throw FileError(.rename, code: 5) }
    func syncDirectory(_ path: String) throws(FileError) {
        guard media.step({ _ in }) else { throw FileError(.sync, code: 5) }
    }
    func makeDirectory(_ path: String) throws(FileError) -> Bool { false }
    func list(_ path: String) throws(FileError) -> [String] {
        media.snapshot.files.keys.filter { $0.hasPrefix(path + "/") }.map { String($0.dropFirst(path.count + 1)) }
            .sorted()
    }
    func remove(_ path: String) throws(FileError) {
        guard media.step({ $0.files[path] = nil }) else { throw FileError(.remove, code: 5) }
    }
    func removeDirectory(_ path: String) throws(FileError) {}
    func lock(_ path: String) throws(FileError) -> any Sendable { 0 }
}

/// The key medium's side of it.
struct FaultySlots: StorageKeySlots {
    let media: FaultyMedia

    func read() throws(StorageKeyError) -> [SymmetricKey?] { media.snapshot.slots }
    func write(_ key: SymmetricKey, to slot: Int) throws(StorageKeyError) {
        guard media.step({ $0.slots[slot] = key }) else { throw .system(5) }
    }
    func erase(_ slot: Int) throws(StorageKeyError) {
        guard media.step({ $0.slots[slot] = nil }) else { throw .system(5) }
    }
}
