import CLinux
import Glibc
package import Sealing

/// Many files of one directory that become durable together, so that their number does not count the waits for the disk.
///
/// Until `finish` returns, none of them has its name. It makes the contents durable, then gives the names, then makes
/// these durable. A crash leaves temporary files, and some of the names or all, each of a whole file.
package struct DurableBatch: ~Copyable {
    private let directory: String
    private let disk = DiskFileSystem()
    private var names: [(temporary: String, name: String)] = []

    package init(in directory: String) { self.directory = directory }

    package mutating func add(_ bytes: Bytes, as name: String) throws(CofferError) {
        let temporary = ".\(name.prefix(40)).\(String(UInt64.random(in: 0 ... .max), radix: 16)).tmp"
        names.append((temporary, name))
        try DurableFile.explained { () throws(FileError) in
            try disk.create("\(directory)/\(temporary)", mode: 0o600).write(bytes)
        }
    }

    package mutating func finish() throws(CofferError) {
        try DurableFile.explained { () throws(FileError) in
            try Self.syncFileSystem(of: directory)
            for (temporary, name) in names {
                try disk.rename("\(directory)/\(temporary)", to: "\(directory)/\(name)")
            }
            try disk.syncDirectory(directory)
        }
        names = []
    }

    /// Waits for everything that was written to the file system of this directory, by whichever process.
    private static func syncFileSystem(of directory: String) throws(FileError) {
        let descriptor = try call(.open) { Int(open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) }
        defer { close(Int32(descriptor)) }
        try call(.sync) { Int(coffer_sync_file_system(Int32(descriptor))) }
    }

    deinit { for (temporary, _) in names { try? disk.remove("\(directory)/\(temporary)") } }
}
