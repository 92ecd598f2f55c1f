import CofferTestKit
import Files
import Glibc
import Ledger
import Sealing

/// Files of which some are never written.
struct ForgetfulFiles: FileSystem {
    let disk: SimulatedDisk
    let loses: @Sendable (String) -> Bool

    private struct Nothing: OpenFile {
        func write(_ bytes: Bytes) throws(FileError) {}
        func sync() throws(FileError) {}
    }

    func create(_ path: String, mode: mode_t?) throws(FileError) -> any OpenFile {
        loses(path) ? Nothing() : try disk.create(path, mode: mode)
    }
    func read(_ path: String, atMost limit: Int) throws(FileError) -> Bytes? { try disk.read(path, atMost: limit) }
    func rename(_ old: String, to new: String) throws(FileError) { if !loses(old) { try disk.rename(old, to: new) } }
    func link(_ old: String, to new: String) throws(FileError) -> Bool {
        loses(old) ? true : try disk.link(old, to: new)
    }
    func syncDirectory(_ path: String) throws(FileError) { try disk.syncDirectory(path) }
    func makeDirectory(_ path: String) throws(FileError) -> Bool { try disk.makeDirectory(path) }
    func list(_ path: String) throws(FileError) -> [String] { try disk.list(path) }
    func remove(_ path: String) throws(FileError) { try disk.remove(path) }
    func removeDirectory(_ path: String) throws(FileError) { try disk.removeDirectory(path) }
    func lock(_ path: String) throws(FileError) -> any Sendable { try disk.lock(path) }
}

/// Files of which some are never synced.
struct UnsyncedFiles: FileSystem {
    let disk: SimulatedDisk
    let skips: @Sendable (String) -> Bool

    private struct Unsynced: OpenFile {
        let file: any OpenFile
        func write(_ bytes: Bytes) throws(FileError) { try file.write(bytes) }
        func sync() throws(FileError) {}
    }

    func create(_ path: String, mode: mode_t?) throws(FileError) -> any OpenFile {
        let file = try disk.create(path, mode: mode)
        return skips(path) ? Unsynced(file: file) : file
    }
    func read(_ path: String, atMost limit: Int) throws(FileError) -> Bytes? { try disk.read(path, atMost: limit) }
    func rename(_ old: String, to new: String) throws(FileError) { try disk.rename(old, to: new) }
    func link(_ old: String, to new: String) throws(FileError) -> Bool { try disk.link(old, to: new) }
    func syncDirectory(_ path: String) throws(FileError) { if !skips(path) { try disk.syncDirectory(path) } }
    func makeDirectory(_ path: String) throws(FileError) -> Bool { try disk.makeDirectory(path) }
    func list(_ path: String) throws(FileError) -> [String] { try disk.list(path) }
    func remove(_ path: String) throws(FileError) { try disk.remove(path) }
    func removeDirectory(_ path: String) throws(FileError) { try disk.removeDirectory(path) }
    func lock(_ path: String) throws(FileError) -> any Sendable { try disk.lock(path) }
}
