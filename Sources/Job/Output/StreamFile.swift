import Files
import Glibc
package import Sealing

/// The file of a stream, as `-o` names it. It grows beside its name, for this user only, and takes the name when it is
/// whole.
package final class StreamFile: ByteSink {
    private let path: String
    private let part: String
    private let descriptor: Int32
    private let sink: DescriptorSink
    private var isKept: Bool

    /// With `keepsPart` an unfinished file stays, to be gone on with. `count` are the bytes that one that is there keeps.
    package init(_ path: String, keepsPart: Bool = false, from count: Int = 0) throws(CofferError) {
        let target = realpath(path, nil).map { found in
            defer { free(found) }
            return String(cString: found)
        }
        self.path = target ?? path
        part = self.path + ".part"
        isKept = keepsPart
        descriptor = open(part, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        sink = DescriptorSink(descriptor)
        var status = stat()
        guard descriptor >= 0, fchmod(descriptor, 0o600) == 0, fstat(descriptor, &status) == 0 else {
            throw Self.unwritable(path)
        }
        guard status.st_size >= count else {
            throw CofferError(
                .usage, "\(part) is shorter than the checkpoint says.", rule: "checkpoint.file",
                hint: "Begin again without --resume.")
        }
        try cut(to: count)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if !isKept { unlink(part) }
    }

    package func write(_ bytes: ArraySlice<UInt8>) throws(CofferError) { try sink.write(bytes) }

    /// Takes back all but so many bytes.
    package func cut(to count: Int) throws(CofferError) {
        guard ftruncate(descriptor, count) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
            throw Self.unwritable(path)
        }
    }

    /// Gives the file its name. Call it once the stream has its end.
    package func finish() throws(CofferError) {
        guard fsync(descriptor) == 0, rename(part, path) == 0 else { throw Self.unwritable(path) }
        isKept = true
    }

    private static func unwritable(_ path: String) -> CofferError {
        CofferError(
            .configuration, "\(path) cannot be written: \(FileError(.write, code: errno).reason).",
            hint: "Check its folder and the free space, or name another file.")
    }
}
