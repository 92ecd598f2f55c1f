package import Files
package import Glibc
import Ledger
package import Sealing
import Synchronization

/// A simulated disk with a page cache. A test decides what fails, when the process dies, and what remains after a power
/// cut.
///
/// Every call that changes something is one numbered operation. Reads see the page cache. A power cut keeps what was
/// synced; by the seed it keeps, drops or reorders the rest, including half-written files.
package final class SimulatedDisk: FileSystem {
    package enum Fault: Hashable, Sendable {
        /// The process dies before this operation; every later call fails.
        case kill(before: Int)
        /// The process dies after this operation took effect.
        case killAfter(Int)
        /// The operation fails and does nothing. A failed sync loses its data: the cache still shows the data, and
        /// later syncs do not write it.
        case error(at: Int, code: Int32)
        /// The operation takes effect and still reports an error.
        case lateError(at: Int, code: Int32)
    }

    /// The errno of calls after the process has died.
    package static let dead: Int32 = -1

    private let disk: Mutex<Disk>

    package init() { disk = Mutex(Disk()) }

    /// A copy of the disk in its current state.
    package init(copying other: SimulatedDisk) { disk = Mutex(other.disk.withLock { $0 }) }

    /// The number of operations since the last `start`.
    package var operations: Int { disk.withLock(\.operations) }

    /// Starts a process, with a planned fault or none.
    package func start(_ fault: Fault? = nil) {
        disk.withLock { disk in
            disk.operations = 0
            disk.fault = fault
            disk.isDead = false
        }
    }

    /// The machine loses power: only the disk's content remains.
    package func cutPower(seed: UInt64) { disk.withLock { $0.cutPower(seed: seed) } }

    // MARK: FileSystem

    package func create(_ path: String, mode: mode_t?) throws(FileError) -> any OpenFile {
        OpenSimulatedFile(disk: self, file: try change(.create) { $0.create(path) })
    }

    package func read(_ path: String, atMost limit: Int) throws(FileError) -> Bytes? {
        try disk.withLock { disk throws(FileError) in
            if disk.isDead { throw FileError(.read, code: Self.dead) }
            let bytes = disk.names[path].flatMap { $0 < 0 ? nil : disk.files[$0].cache }
            guard bytes.map({ $0.count <= limit }) ?? true else { throw FileError(.read, code: EFBIG) }
            return bytes
        }
    }

    package func rename(_ old: String, to new: String) throws(FileError) {
        try change(.rename) { disk in
            guard let file = disk.names.removeValue(forKey: old) else { return }
            disk.names[new] = file
            disk.pending.append(.init(directory: Disk.parent(new), removed: old, added: new, file: file))
        }
    }

    package func link(_ old: String, to new: String) throws(FileError) -> Bool {
        try change(.rename) { disk in
            guard disk.names[new] == nil, let file = disk.names[old] else { return false }
            disk.link(new, to: file)
            return true
        }
    }

    package func syncDirectory(_ path: String) throws(FileError) {
        try change(.sync, failing: { $0.loseNames(in: path) }, { $0.syncNames(in: path) })
    }

    package func makeDirectory(_ path: String) throws(FileError) -> Bool {
        try change(.makeDirectory) { disk in
            guard disk.names[path] == nil else { return false }
            disk.link(path, to: -1)
            return true
        }
    }

    package func list(_ path: String) throws(FileError) -> [String] {
        try disk.withLock { disk throws(FileError) in
            if disk.isDead { throw FileError(.list, code: Self.dead) }
            return disk.names.keys.filter { Disk.parent($0) == path }.map { String($0.dropFirst(path.count + 1)) }
                .sorted()
        }
    }

    package func remove(_ path: String) throws(FileError) { try change(.remove) { $0.unlink(path) } }

    package func removeDirectory(_ path: String) throws(FileError) { try change(.remove) { $0.unlink(path) } }

    package func lock(_ path: String) throws(FileError) -> any Sendable { 0 }

    fileprivate func write(_ bytes: Bytes, to file: Int) throws(FileError) {
        try change(.write, failing: { $0.files[file].cache += bytes.prefix(bytes.count / 2) }) { disk in
            disk.files[file].cache += bytes
            disk.files[file].isDirty = true
        }
    }

    fileprivate func sync(_ file: Int) throws(FileError) {
        try change(.sync, failing: { $0.files[file].isDirty = false }) { disk in
            guard disk.files[file].isDirty else { return }
            disk.files[file].stored = disk.files[file].cache
            disk.files[file].isDirty = false
        }
    }

    /// One numbered operation.
    private func change<R: Sendable>(
        _ operation: FileError.Operation, failing: @Sendable (inout Disk) -> Void = { _ in },
        _ body: @Sendable (inout Disk) -> R
    ) throws(FileError) -> R {
        try disk.withLock { disk throws(FileError) in
            if disk.isDead { throw FileError(operation, code: Self.dead) }
            let number = disk.operations
            disk.operations += 1
            switch disk.fault {
            case .kill(before: number):
                disk.isDead = true
                throw FileError(operation, code: Self.dead)
            case .killAfter(number):
                _ = body(&disk)
                disk.isDead = true
                throw FileError(operation, code: Self.dead)
            case .error(at: number, let code):
                failing(&disk)
                throw FileError(operation, code: code)
            case .lateError(at: number, let code):
                _ = body(&disk)
                throw FileError(operation, code: code)
            default:
                return body(&disk)
            }
        }
    }
}

private struct OpenSimulatedFile: OpenFile {
    let disk: SimulatedDisk
    let file: Int

    func write(_ bytes: Bytes) throws(FileError) { try disk.write(bytes, to: file) }
    func sync() throws(FileError) { try disk.sync(file) }
}

/// The content of the page cache and of the disk.
private struct Disk {
    struct File {
        var cache = Bytes()
        var stored = Bytes()
        var isDirty = false
    }

    /// A change of names that is not durable yet.
    struct Change {
        let directory: String
        var removed: String?
        var added: String?
        var file: Int
        /// Its sync failed, so no later sync writes it.
        var isLost = false

        var names: [String] { [removed, added].compactMap { $0 } }
    }

    var operations = 0
    var fault: SimulatedDisk.Fault?
    var isDead = false
    var files: [File] = []
    /// Every path: a file's number, or −1 for a directory.
    var names: [String: Int] = [:]
    var storedNames: [String: Int] = [:]
    var pending: [Change] = []

    static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    mutating func create(_ path: String) -> Int {
        files.append(File(isDirty: true))
        link(path, to: files.count - 1)
        return files.count - 1
    }

    mutating func link(_ path: String, to file: Int) {
        names[path] = file
        pending.append(Change(directory: Self.parent(path), added: path, file: file))
    }

    mutating func unlink(_ path: String) {
        guard let file = names.removeValue(forKey: path) else { return }
        pending.append(Change(directory: Self.parent(path), removed: path, file: file))
    }

    mutating func syncNames(in directory: String) {
        let due = pending.filter { $0.directory == directory && !$0.isLost }
        let touched = Set(due.flatMap(\.names))
        for change in due { store(change) }
        // A lost name change cannot come back after a later write of that name.
        pending.removeAll { $0.directory == directory && (!$0.isLost || !touched.isDisjoint(with: $0.names)) }
    }

    mutating func loseNames(in directory: String) {
        for i in pending.indices where pending[i].directory == directory { pending[i].isLost = true }
    }

    private mutating func store(_ change: Change) {
        if let removed = change.removed { storedNames[removed] = nil }
        if let added = change.added { storedNames[added] = change.file }
    }

    mutating func cutPower(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for change in pending where Bool.random(using: &generator) { store(change) }
        pending = []
        names = storedNames.filter { path, _ in hasDirectories(path) }
        storedNames = names
        for i in files.indices where files[i].cache != files[i].stored {
            switch UInt8.random(in: 0..<4, using: &generator) {
            case 0: files[i].stored = files[i].cache
            case 1: files[i].stored = Array(files[i].cache.prefix(files[i].cache.count / 2))
            default: break
            }
            files[i].cache = files[i].stored
            files[i].isDirty = false
        }
    }

    /// A file is lost if its directory was lost.
    private func hasDirectories(_ path: String) -> Bool {
        let parent = Self.parent(path)
        return parent == "." || parent.isEmpty || (storedNames[parent] == -1 && hasDirectories(parent))
    }
}

extension FileSystem {
    /// Reads a test's file, which is small.
    package func read(_ path: String) throws(FileError) -> Bytes? { try read(path, atMost: 1 << 30) }
}
