import Files
import Foundation
import Glibc
import Sealing
import Serving

/// The problems and notes that `coffer serve doctor` found.
struct ServerFindings: Sendable {
    struct Problem: Hashable, Sendable {
        let what: String
        let fix: String
    }

    private(set) var problems: [Problem] = []
    /// Information that is not a problem, for people.
    var notes: [String] = []

    mutating func add(_ what: String, _ fix: String) { problems.append(Problem(what: what, fix: fix)) }

    mutating func add(_ error: CofferError, _ fix: String) { add(error.message, error.hint ?? fix) }
}

// MARK: Files

extension ServerFindings {
    /// The free space below which the doctor reports a problem, in bytes.
    private static let leastSpace: UInt64 = 1 << 30

    mutating func files(_ options: ServeOptions, storageKey: String?) {
        folder(options.dir)
        secret(options.key, "The server's key")
        if let storageKey { self.storageKey(storageKey, beside: options.dir) }
    }

    private mutating func folder(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            return add("There is no folder \(path).", "mkdir -m 700 \(path), or start the server: it makes it")
        }
        if status.st_mode & 0o077 != 0 { add("Other users can access \(path).", "chmod 700 \(path)") }
        if access(path, W_OK) != 0 { add("This user cannot write \(path).", "run it as the server's user") }
        guard let space = DiskSpace(at: path) else { return }
        if space.free < Self.leastSpace {
            add(
                "Only \(space.free >> 20) MiB are free on the disk of \(path).",
                "make room: the server stops when the disk is full")
        }
        if let files = space.freeFiles, files < 10_000 {
            add("Only \(files) more files can be made on the disk of \(path).", "make room: each tile is a file")
        }
    }

    private mutating func secret(_ path: String, _ name: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return add("\(name), \(path), cannot be read.", "check the path") }
        if status.st_mode & 0o077 != 0 { add("Other users can access \(path).", "chmod 600 \(path)") }
    }

    private mutating func storageKey(_ path: String, beside folder: String) {
        var key = stat()
        var store = stat()
        let hasSubKeys = access(folder + "/sub-keys", F_OK) == 0
        guard stat(path, &key) == 0 else {
            if hasSubKeys {
                add(
                    "There is no storage key at \(path), but the sub-keys need it.",
                    "mount its medium; if it is lost, remove \(folder)/sub-keys: deposits are made again")
            }
            return
        }
        secret(path, "The storage key")
        if stat(folder, &store) == 0, store.st_dev == key.st_dev {
            add(
                "The storage key is on the same medium as the sub-keys that it seals.",
                "coffer serve rotate-storage-key --dir \(folder) --storage-key \(path) --new FILE on another medium")
        }
        if access(folder + "/sub-keys.unreadable", F_OK) == 0 {
            add(
                "Sub-keys were set aside because this storage key did not open them.",
                "keyholders deposit again by themselves; then remove \(folder)/sub-keys.unreadable")
        }
        if access(folder + "/sub-keys.rotation", F_OK) == 0 {
            add(
                "A rotation of the storage key was interrupted.",
                "run the same coffer serve rotate-storage-key again; until then the broker does not start")
        }
    }

    mutating func certificate(_ files: ServerCertificate?, now: Milliseconds) {
        guard let files else { return }
        do throws(CofferError) {
            let loaded = try files.load(now: now)
            let days = loaded.daysLeft(at: now)
            if days < ServerCertificate.fewDays {
                add("The certificate ends in \(days) days.", "have a new one issued, then send the server SIGHUP")
            } else {
                notes.append("The certificate is good for \(days) more days.")
            }
            if loaded.isKeyReadable { add("Other users can read \(files.key).", "chmod 600 \(files.key)") }
        } catch {
            add(error, "check both files")
        }
    }
}
