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
        let digits = hex.utf8.span
        guard digits.count == 64 else { throw digits.count.isMultiple(of: 2) ? .outOfBounds : .notCanonical }
        func word(_ start: Int) throws(FormatError) -> UInt64 {
            var word: UInt64 = 0
            for i in start..<start + 16 { word = word << 4 | UInt64(try Hex.value(digits[i])) }
            return word
        }
        self.words = (try word(0), try word(16), try word(32), try word(48))
    }

    init(trusting bytes: some Sequence<UInt8>) {
        var iterator = bytes.makeIterator()
        func word() -> UInt64 {
            var word: UInt64 = 0
            for _ in 0..<8 { word = word << 8 | UInt64(iterator.next() ?? 0) }
            return word
        }
        self.words = (word(), word(), word(), word())
    }

    init(_ digest: SHA256Digest) {
        self.words = unsafe digest.withUnsafeBytes { digest in
            func word(_ offset: Int) -> UInt64 {
                UInt64(bigEndian: unsafe digest.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            }
            return (word(0), word(8), word(16), word(24))
        }
    }

    /// SHA-256 of these bytes.
    package init(of bytes: some Sequence<UInt8>) {
        self.init(SHA256.hash(data: Array(bytes)))
    }

    /// SHA-256 of the parts, one after the other.
    package init(of parts: Bytes...) {
        var hasher = SHA256()
        for part in parts { hasher.update(data: part) }
        self.init(hasher.finalize())
    }

    package var bytes: Bytes { unsafe withBytes { unsafe Bytes($0) } }

    /// The bytes without an array. The pointer is good inside the closure only.
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        let words = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        return unsafe withUnsafeBytes(of: words) { unsafe body($0) }
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
