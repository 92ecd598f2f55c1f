import Crypto

/// Thirty-two bytes: a SHA-256 value, a statement's identity, a page's x, an object's name.
package struct Hash256: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Thirty-two zeros, which is no hash of anything known.
    package static let zero = Hash256(trusting: repeatElement(0, count: 32))

    /// Exactly 32 bytes.
    package init(_ bytes: some Collection<UInt8>) throws(FormatError) {
        guard bytes.count == 32 else { throw .outOfBounds }
        self.init(trusting: bytes)
    }

    /// From a hex string of exactly 64 lower-case digits.
    package init(hex: String) throws(FormatError) {
        try self.init(try Hex.decode(hex))
    }

    init(trusting bytes: some Sequence<UInt8>) {
        var words: [UInt64] = [0, 0, 0, 0]
        for (i, byte) in bytes.enumerated() { words[i / 8] = (words[i / 8] << 8) | UInt64(byte) }
        self.words = (words[0], words[1], words[2], words[3])
    }

    /// SHA-256 of these bytes.
    package init(of bytes: some Sequence<UInt8>) {
        var hasher = SHA256()
        hasher.update(data: Array(bytes))
        self.init(trusting: hasher.finalize())
    }

    /// SHA-256 of the parts, one after the other.
    package init(of parts: Bytes...) {
        var hasher = SHA256()
        for part in parts { hasher.update(data: part) }
        self.init(trusting: hasher.finalize())
    }

    package var bytes: Bytes {
        var writer = ByteWriter()
        writer.u64(words.0)
        writer.u64(words.1)
        writer.u64(words.2)
        writer.u64(words.3)
        return writer.bytes
    }

    package var hex: String { Hex.encode(bytes) }
    /// The first eight hex digits, for people.
    package var prefix8: String { String(hex.prefix(8)) }
    package var description: String { hex }

    package static func == (a: Self, b: Self) -> Bool { a.words == b.words }
    package static func < (a: Self, b: Self) -> Bool { a.words < b.words }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.3)
    }
}
