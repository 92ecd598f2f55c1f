package import Glibc
package import Sealing

/// Files that are whole or absent: write, fsync, rename, fsync the folder.
///
/// An fsync error is an error of the whole write: nothing is renamed into place after it.
package enum DurableFile {
    /// What to do when the name is taken.
    package enum Existing: Sendable {
        case replace
        /// Leave what is there; the write returns false.
        case keep
    }

    /// Writes all of it under its name and returns once it would survive a power cut. False: the name was taken.
    @discardableResult
    package static func write(
        _ bytes: Bytes, to path: String, existing: Existing = .replace, mode: mode_t = 0o600,
        modified: Milliseconds? = nil
    ) throws(CofferError) -> Bool {
        if existing == .keep, exists(path) { return false }
        let temporary = "\(parent(path))/.new-\(Hex.encode((0..<8).map { _ in UInt8.random(in: 0...255) }))"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard file >= 0 else { throw failure("made") }
        do throws(CofferError) {
            defer { close(file) }
            guard fchmod(file, mode) == 0 else { throw failure("made") }
            try append(bytes, to: file)
            if let modified { try setModified(modified, of: file) }
            try synchronize(file)
        } catch {
            unlink(temporary)
            throw error
        }
        if existing == .keep {
            // link() refuses a taken name; rename() would replace it.
            let linked = link(temporary, path)
            let reason = errno
            unlink(temporary)
            guard linked == 0 else {
                if reason == EEXIST { return false }
                throw failure("put in place", reason)
            }
        } else if rename(temporary, path) != 0 {
            let reason = errno
            unlink(temporary)
            throw failure("put in place", reason)
        }
        try synchronizeFolder(parent(path))
        return true
    }

    /// The whole file; nil when there is none. A file above the limit is refused.
    package static func read(_ path: String, atMost limit: Int) throws(CofferError) -> Bytes? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("read")
        }
        defer { close(file) }
        return try read(file, atMost: limit)
    }

    /// Everything from the start of an open file.
    package static func read(_ file: Int32, atMost limit: Int) throws(CofferError) -> Bytes {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure("read") }
        guard status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) <= limit else {
            throw CofferError(.tampering, "A file is larger than anything Coffer writes there.")
        }
        var bytes = Bytes(repeating: 0, count: Int(status.st_size))
        var position = 0
        while position < bytes.count {
            let wanted = bytes.count - position
            let count = bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { pread(file, $0 + position, wanted, off_t(position)) } ?? 0
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read") }
            if count == 0 { break }
            position += count
        }
        return Array(bytes[..<position])
    }

    /// Removes the name and makes that durable. True if it was there.
    @discardableResult
    package static func remove(_ path: String) throws(CofferError) -> Bool {
        guard unlink(path) == 0 else {
            if errno == ENOENT { return false }
            throw failure("removed")
        }
        try synchronizeFolder(parent(path))
        return true
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Makes a folder, and its parents, for this user only unless another mode is given.
    package static func makeFolder(_ path: String, mode: mode_t = 0o700) throws(CofferError) {
        if mkdir(path, mode) == 0 { return }
        if errno == ENOENT, parent(path) != path {
            try makeFolder(parent(path), mode: mode)
            if mkdir(path, mode) == 0 { return }
        }
        guard errno == EEXIST else { throw failure("made") }
    }

    /// The names in a folder, sorted; none if there is no such folder.
    package static func names(in folder: String) throws(CofferError) -> [String] {
        guard let stream = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw failure("read")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Appends all bytes to an open file.
    package static func append(_ bytes: Bytes, to file: Int32) throws(CofferError) {
        var position = 0
        while position < bytes.count {
            let wanted = bytes.count - position
            let count = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map { Glibc.write(file, $0 + position, wanted) } ?? 0
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("written") }
            position += count
        }
    }

    package static func synchronize(_ file: Int32) throws(CofferError) {
        guard fsync(file) == 0 else { throw failure("made durable") }
    }

    package static func synchronizeFolder(_ folder: String) throws(CofferError) {
        let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw failure("made durable") }
        defer { close(file) }
        try synchronize(file)
    }

    private static func setModified(_ time: Milliseconds, of file: Int32) throws(CofferError) {
        let moment = timespec(tv_sec: Int(time / 1000), tv_nsec: Int(time % 1000) * 1_000_000)
        let times = [moment, moment]
        guard futimens(file, times) == 0 else { throw failure("made") }
    }

    private static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The sentence for a system error. It names no path: names of vaults and folders stay out of logs.
    package static func failure(_ what: String, _ reason: Int32 = errno) -> CofferError {
        switch reason {
        case ENOSPC, EDQUOT:
            CofferError(.configuration, "The disk is full.", hint: "Free some space and try again; nothing was lost.")
        case EACCES, EPERM, EROFS:
            CofferError(
                .configuration, "A file could not be \(what): permission denied.",
                hint: "Check who owns the folder and whether it is writable.")
        case ENOENT, ENOTDIR:
            CofferError(
                .configuration, "A file could not be \(what): its folder is missing.", hint: "Check the path.")
        default:
            CofferError(.configuration, "A file could not be \(what) (system error \(reason)).")
        }
    }
}
