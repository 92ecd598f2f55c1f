import Files
import Records
import Sealing

/// The bytes of a file, unpacked, without a byte order mark, and counted in lines. One piece is in memory at a time.
final class ImportBytes {
    private static let piece = 256 << 10

    private let file: ImportFile
    private let source: ForeignFile
    private let packed: PackedBytes?
    private var buffer: Bytes
    private var position = 0
    private var isAtEnd = false
    /// The line of the next byte, from one.
    private(set) var line = 1
    /// A hash of the file's bytes up to here. It is the file's own at the end.
    private(set) var hash = Hash256.zero

    init(_ file: ImportFile) throws(CofferError) {
        self.file = file
        do throws(FileError) { source = try ForeignFile(file.path, follows: true) } catch {
            if error.isMissing { throw CofferError(.notFound, "There is no file \(file.path).") }
            guard error.isTooLarge else { throw CofferError(error) }
            throw CofferError(
                .usage, "\(file.name) is not a regular file.", rule: "import.format", hint: "Save it as a file first.")
        }
        buffer = []
        var first: Bytes
        do throws(FileError) { first = try source.read(Self.piece) } catch { throw CofferError(error) }
        hash = Hash256(of: hash.bytes + first)
        for (bytes, form) in Self.unread where first.starts(with: bytes) {
            throw file.wrong("is \(form), which is not read", hint: "Save it as UTF-8 text, or unpack it first.")
        }
        do throws(PackedBytes.Failure) {
            packed = try PackedBytes.Form(firstBytes: first).map { form throws(PackedBytes.Failure) in
                try PackedBytes(form)
            }
        } catch { throw CofferError(.bug, "A decompressor could not be made.") }
        if let packed {
            packed.feed(first)
            first = []
            while first.count < 3, try more() { first = buffer }
        } else {
            buffer = first
        }
        if buffer.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
        if buffer.starts(with: [0xff, 0xfe]) || buffer.starts(with: [0xfe, 0xff]) {
            throw file.wrong("is UTF-16, which is not read", hint: "Save it as UTF-8.")
        }
    }

    private static let unread: [(Bytes, String)] = [
        (Array("PK\u{3}\u{4}".utf8), "a ZIP archive"), (Array("BZh".utf8), "compressed with bzip2"),
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "compressed with xz"), (Array("SQLite format 3".utf8), "an SQLite database"),
        (Array("PAR1".utf8), "a Parquet file"),
    ]

    /// Appends the next piece to what is left of the buffer. False at the end of the file.
    private func more() throws(CofferError) -> Bool {
        if isAtEnd { return false }
        buffer.removeFirst(position)
        position = 0
        let before = buffer.count
        do {
            if let packed {
                while buffer.count == before {
                    buffer += try packed.next(atMost: Self.piece)
                    if buffer.count > before { break }
                    let read = try source.read(Self.piece)
                    if read.isEmpty {
                        isAtEnd = true
                        guard packed.isComplete else { throw file.wrong("is compressed and ends too early") }
                        return false
                    }
                    hash = Hash256(of: hash.bytes + read)
                    packed.feed(read)
                }
            } else {
                let read = try source.read(Self.piece)
                isAtEnd = read.isEmpty
                if !read.isEmpty { hash = Hash256(of: hash.bytes + read) }
                buffer += read
            }
        } catch let error as CofferError {
            throw error
        } catch let error as FileError {
            throw CofferError(error)
        } catch {
            throw file.wrong("is compressed and damaged")
        }
        return buffer.count > before
    }

    /// The next byte; nil at the end.
    func peek() throws(CofferError) -> UInt8? {
        if position == buffer.count, try !more() { return nil }
        return buffer[position]
    }

    func skip() {
        if buffer[position] == 10 { line += 1 }
        position += 1
    }

    /// The next byte that is no white space; nil at the end.
    func peekSignificant() throws(CofferError) -> UInt8? {
        while let byte = try peek() {
            guard [0x20, 0x09, 0x0a, 0x0d].contains(byte) else { return byte }
            skip()
        }
        return nil
    }

    /// Reads the next line that is not blank, without its end. Nil at the end of the file.
    func nextLine<R>(_ body: (Int, UnsafeBufferPointer<UInt8>) throws(CofferError) -> R) throws(CofferError) -> R? {
        while true {
            var end = position
            while true {
                if let found = buffer[end...].firstIndex(of: 10) {
                    end = found
                    break
                }
                let kept = buffer.count - position
                guard kept <= ImportFile.maximumValue else { throw tooLong() }
                guard try more() else {
                    end = buffer.count
                    break
                }
                end = position + kept
            }
            guard end - position <= ImportFile.maximumValue else { throw tooLong() }
            if position == buffer.count { return nil }
            let range = position..<end
            let number = line
            position = min(end + 1, buffer.count)
            line += 1
            let isBlank = buffer[range].allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
            if isBlank { continue }
            return try slice(range) { bytes throws(CofferError) in try body(number, bytes) }
        }
    }

    /// Reads the next JSON value, which begins at the next byte. The bytes are not checked beyond their brackets.
    func nextValue<R>(_ body: (Int, UnsafeBufferPointer<UInt8>) throws(CofferError) -> R) throws(CofferError) -> R {
        let number = line
        var scan = JSONEnd()
        var count = 0
        while true {
            while position + count < buffer.count {
                let byte = buffer[position + count]
                if scan.isBefore(byte) {
                    let range = position..<position + count
                    position += count
                    return try slice(range) { bytes throws(CofferError) in try body(number, bytes) }
                }
                if byte == 10 { line += 1 }
                count += 1
                if scan.take(byte) {
                    let range = position..<position + count
                    position += count
                    return try slice(range) { bytes throws(CofferError) in try body(number, bytes) }
                }
            }
            guard count <= ImportFile.maximumValue else { throw tooLong(number) }
            guard try more() else {
                if scan.isScalar {
                    let range = position..<position + count
                    position += count
                    return try slice(range) { bytes throws(CofferError) in try body(number, bytes) }
                }
                throw file.wrong(ImportPlace(line: number), "ends inside a JSON value")
            }
        }
    }

    private func slice<R>(
        _ range: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>) throws(CofferError) -> R
    ) throws(CofferError) -> R {
        let result: Result<R, CofferError> = buffer.withUnsafeBufferPointer { all in
            Result { () throws(CofferError) in try body(UnsafeBufferPointer(rebasing: all[range])) }
        }
        return try result.get()
    }

    private func tooLong(_ number: Int? = nil) -> CofferError {
        file.wrong(
            ImportPlace(line: number ?? line), "is longer than 32 MiB",
            hint: "Split it into several values or files.")
    }

    /// Reads what is left, for the hash.
    func drain() throws(CofferError) {
        position = buffer.count
        while try more() { position = buffer.count }
    }
}

/// Finds the end of a JSON value by its brackets and quotes.
private struct JSONEnd {
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// Whether it is a number or a word, which ends before what follows.
    private(set) var isScalar = false
    private var hasBegun = false

    /// Whether the value ended before this byte.
    func isBefore(_ byte: UInt8) -> Bool {
        guard isScalar else { return false }
        switch byte {
        case 0x20, 0x09, 0x0a, 0x0d, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"): return true
        default: return false
        }
    }

    /// Whether the value ends with this byte.
    mutating func take(_ byte: UInt8) -> Bool {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
                return depth == 0
            }
            return false
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            depth += 1
            // What is nested too deeply is refused without reading on.
            if depth > ForeignJSON.maximumDepth { return true }
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            return depth <= 0
        default: if !hasBegun { isScalar = true }
        }
        hasBegun = true
        return false
    }
}
