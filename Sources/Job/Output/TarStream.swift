package import Sealing

/// A POSIX ustar archive of regular files, written member by member.
///
/// The trailer is two zero blocks. The last block of the last member is held back until something follows it. Without
/// both, every reader finds the archive unfinished.
package struct TarStream: ~Copyable {
    private static let block = 512
    private var output: HeldOutput

    package init(_ sink: any ByteSink) { output = HeldOutput(sink, keeping: Self.block) }

    /// Adds a file. The name has at most 100 bytes and the contents less than 8 GiB; more is a programming error.
    package mutating func add(_ name: String, _ contents: Bytes, time: Milliseconds) throws(CofferError) {
        try output.write(Self.header(name, count: contents.count, time: time))
        try output.write(contents)
        let padding = (Self.block - contents.count % Self.block) % Self.block
        if padding > 0 { try output.write(Bytes(repeating: 0, count: padding)) }
    }

    /// Writes all that need not be held back.
    mutating func flush() throws(CofferError) { try output.flush() }

    /// Everything written so far, without the trailer.
    package var written: Manifest.Written { output.written }

    package mutating func finish() throws(CofferError) {
        try output.finish(trailer: Bytes(repeating: 0, count: 2 * Self.block))
    }

    /// Adds the manifest and ends the archive. Readers of WebDataset pass its name over.
    mutating func finish(_ manifest: Manifest) throws(CofferError) {
        try add("__manifest__", manifest.encoded, time: 0)
        try finish()
    }

    private static func header(_ name: String, count: Int, time: Milliseconds) -> Bytes {
        precondition((1...100).contains(name.utf8.count) && count < 1 << 33, "does not fit a ustar header")
        var header = Bytes(repeating: 0, count: block)
        func put(_ bytes: some Sequence<UInt8>, at offset: Int) {
            for (i, byte) in bytes.enumerated() { header[offset + i] = byte }
        }
        func octal(_ value: Int, digits: Int) -> Bytes {
            let text = String(value, radix: 8)
            return Bytes(repeating: UInt8(ascii: "0"), count: max(0, digits - text.utf8.count)) + Array(text.utf8)
        }
        put(name.utf8, at: 0)
        put("0000444".utf8, at: 100)
        put("0000000".utf8, at: 108)
        put("0000000".utf8, at: 116)
        put(octal(count, digits: 11), at: 124)
        put(octal(Int(clamping: min(Seconds(time).rawValue, (1 << 33) - 1)), digits: 11), at: 136)
        put("        ".utf8, at: 148)
        put("0".utf8, at: 156)
        put("ustar\0".utf8, at: 257)
        put("00".utf8, at: 263)
        let sum = header.reduce(0) { $0 + Int($1) }
        put(octal(sum, digits: 6) + [0, UInt8(ascii: " ")], at: 148)
        return header
    }
}
