import Glibc
package import Sealing

/// The file system itself.
package struct DiskFileSystem: FileSystem {
    package init() {}

    package func create(_ path: String) throws(FileError) -> any OpenFile {
        OpenDiskFile(try Descriptor(path, O_WRONLY | O_CREAT | O_TRUNC))
    }

    package func read(_ path: String) throws(FileError) -> Bytes? {
        let file: Descriptor
        do throws(FileError) {
            file = try Descriptor(path, O_RDONLY)
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw FileError(.read, code: errno) }
        var failure: Int32?
        let bytes = Bytes(unsafeUninitializedCapacity: Int(status.st_size)) { room, filled in
            while filled < room.count {
                let count = Glibc.read(file.number, room.baseAddress.map { $0 + filled }, room.count - filled)
                if count < 0, errno == EINTR { continue }
                if count < 0 { failure = errno }
                if count <= 0 { return }
                filled += count
            }
        }
        if let failure { throw FileError(.read, code: failure) }
        return bytes
    }

    package func rename(_ old: String, to new: String) throws(FileError) {
        guard Glibc.rename(old, new) == 0 else { throw FileError(.rename, code: errno) }
    }

    package func syncDirectory(_ path: String) throws(FileError) {
        let directory = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        guard fsync(directory.number) == 0 else { throw FileError(.sync, code: errno) }
    }

    package func makeDirectory(_ path: String) throws(FileError) -> Bool {
        if mkdir(path, 0o755) == 0 { return true }
        guard errno == EEXIST else { throw FileError(.makeDirectory, code: errno) }
        return false
    }

    package func list(_ path: String) throws(FileError) -> [String] {
        guard let directory = opendir(path) else {
            if errno == ENOENT { return [] }
            throw FileError(.list, code: errno)
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileError(.remove, code: errno) }
    }

    package func removeDirectory(_ path: String) throws(FileError) {
        guard rmdir(path) == 0 || errno == ENOENT else { throw FileError(.remove, code: errno) }
    }

    package func lock(_ path: String) throws(FileError) -> any Sendable {
        let file = try Descriptor(path, O_RDWR | O_CREAT)
        guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else { throw FileError(.lock, code: errno) }
        return file
    }
}

/// A descriptor that closes with its last reference.
private final class Descriptor: Sendable {
    let number: Int32

    init(_ path: String, _ flags: Int32) throws(FileError) {
        number = open(path, flags | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw FileError(.open, code: errno) }
    }

    deinit { Glibc.close(number) }
}

private struct OpenDiskFile: OpenFile {
    let file: Descriptor

    init(_ file: Descriptor) { self.file = file }

    func write(_ bytes: Bytes) throws(FileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file.number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileError(.write, code: count < 0 ? errno : EIO) }
            rest = rest.dropFirst(count)
        }
    }

    func sync() throws(FileError) {
        guard fsync(file.number) == 0 else { throw FileError(.sync, code: errno) }
    }

    /// The descriptor closes when the value goes.
    func close() {}
}
