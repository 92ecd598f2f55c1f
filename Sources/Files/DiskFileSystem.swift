package import Glibc
package import Sealing

/// The real file system.
package struct DiskFileSystem: FileSystem {
    private let directoryMode: mode_t

    /// `directoryMode` is the mode of new directories, before the umask.
    package init(directoryMode: mode_t = 0o755) { self.directoryMode = directoryMode }

    package func create(_ path: String, mode: mode_t?) throws(FileError) -> any OpenFile {
        let file = try DiskFile(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode ?? 0o644)
        guard let mode else { return file }
        do throws(FileError) { try file.setMode(mode) } catch {
            unlink(path)
            throw error
        }
        return file
    }

    package func read(_ path: String, atMost limit: Int) throws(FileError) -> Bytes? {
        guard let file = try open(path, atMost: limit) else { return nil }
        return try file.contents
    }

    package func open(_ path: String, atMost limit: Int) throws(FileError) -> (any ReadableFile)? {
        do throws(FileError) { return try ReadableDiskFile(path, atMost: limit) } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }

    /// Overwrites a part of a file in place, durably.
    package func overwrite(_ path: String, at offset: Int, with bytes: Bytes) throws(FileError) {
        let file = try DiskFile(path, O_WRONLY)
        try file.seek(offset)
        try file.write(bytes)
        try file.sync()
    }

    package func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    package func rename(_ old: String, to new: String) throws(FileError) {
        try call(.rename) { Int(Glibc.rename(old, new)) }
    }

    package func link(_ old: String, to new: String) throws(FileError) -> Bool {
        try unless(EEXIST) { () throws(FileError) in try call(.rename) { Int(Glibc.link(old, new)) } }
    }

    package func syncDirectory(_ path: String) throws(FileError) { try DiskFile(path, O_RDONLY | O_DIRECTORY).sync() }

    package func makeDirectory(_ path: String) throws(FileError) -> Bool {
        try unless(EEXIST) { () throws(FileError) in try call(.makeDirectory) { Int(mkdir(path, directoryMode)) } }
    }

    package func list(_ path: String) throws(FileError) -> [String] {
        guard let directory = opendir(path) else {
            if errno == ENOENT { return [] }
            throw FileError(.list, code: errno)
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { field in
                String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package func remove(_ path: String) throws(FileError) {
        _ = try unless(ENOENT) { () throws(FileError) in try call(.remove) { Int(unlink(path)) } }
    }

    package func removeDirectory(_ path: String) throws(FileError) {
        _ = try unless(ENOENT) { () throws(FileError) in try call(.remove) { Int(rmdir(path)) } }
    }

    package func lock(_ path: String) throws(FileError) -> any Sendable { try FileLock(path, mode: 0o644) }

    /// Runs an operation; false when it fails with this errno.
    private func unless(_ code: Int32, _ body: () throws(FileError) -> Int) throws(FileError) -> Bool {
        do throws(FileError) { return try body() >= 0 } catch {
            guard error.code == code else { throw error }
            return false
        }
    }
}
