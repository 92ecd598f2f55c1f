import Glibc
import Sealing

/// Makes a system call and repeats it when a signal interrupts it.
@discardableResult
func call(_ operation: FileError.Operation, _ body: () -> Int) throws(FileError) -> Int {
    while true {
        let result = body()
        if result >= 0 { return result }
        let code = errno
        guard code == EINTR else { throw FileError(operation, code: code) }
    }
}

/// Reads `count` bytes, or fewer at the end of a file. `piece` reads into a buffer whose first byte is at an offset from
/// the start of all bytes, and returns how many it has read, as `read` and `pread` do.
func readAll(
    _ count: Int, _ piece: (_ target: UnsafeMutableRawBufferPointer, _ offset: Int) -> Int
) throws(FileError) -> Bytes {
    // The library writes the count 0 into storage that all empty arrays share, which the thread sanitizer reports.
    guard count > 0 else { return [] }
    var failure: FileError?
    let bytes = Bytes(unsafeUninitializedCapacity: count) { buffer, filled in
        do throws(FileError) {
            while filled < count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let more = try call(.read) { piece(rest, filled) }
                if more == 0 { return }
                filled += more
            }
        } catch {
            failure = error
        }
    }
    if let failure { throw failure }
    return bytes
}

/// Writes all bytes. `piece` writes from a buffer whose first byte is at an offset from the start of all bytes, and
/// returns how many it has written, as `write` and `pwrite` do.
func writeAll(_ bytes: Bytes, _ piece: (_ source: UnsafeRawBufferPointer, _ offset: Int) -> Int) throws(FileError) {
    var written = 0
    while written < bytes.count {
        let more = try call(.write) {
            bytes.withUnsafeBytes { piece(UnsafeRawBufferPointer(rebasing: $0[written...]), written) }
        }
        guard more > 0 else { throw FileError(.write, code: EIO) }
        written += more
    }
}
