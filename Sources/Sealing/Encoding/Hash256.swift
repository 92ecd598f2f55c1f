package import Crypto

/// Thirty-two bytes: a SHA-256 value, a statement's identity, a page's x, an object's name.
package struct Hash256: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Thirty-two zeros. No known input has this hash.
    package static let zero = Hash256(Bytes(repeating: 0, count: 32).span, at: 0)

    /// Exactly 32 bytes.
    package init(_ bytes: some Collection<UInt8>) throws(FormatError) {
        guard bytes.count == 32 else { throw .outOfBounds }
        self.init(Array(bytes).span, at: 0)
    }

    /// From a hex string of exactly 64 lower-case digits.
    package init(hex: String) throws(FormatError) { try self.init(hex: hex.utf8.span) }

    /// From exactly 64 lower-case hex digits.
    init(hex digits: Span<UInt8>) throws(FormatError) {
        guard digits.count == 64 else { throw digits.count.isMultiple(of: 2) ? .outOfBounds : .notCanonical }
        var wrong: UInt64 = 0
        func word(at place: Int) -> UInt64 {
            Hex.number(digits.word(at: place), &wrong) << 32 | Hex.number(digits.word(at: place + 8), &wrong)
        }
        self.words = (word(at: 0), word(at: 16), word(at: 32), word(at: 48))
        guard wrong == 0 else { throw .notCanonical }
    }

    /// The 32 bytes at this index, all of which must exist.
    init(_ bytes: Span<UInt8>, at start: Int) {
        self.words = (
            bytes.word(at: start), bytes.word(at: start + 8), bytes.word(at: start + 16), bytes.word(at: start + 24)
        )
    }

    package init(_ digest: SHA256Digest) {
        self = unsafe digest.withUnsafeBytes { unsafe Hash256($0.bindMemory(to: UInt8.self).span, at: 0) }
    }

    /// SHA-256 of these bytes.
    package init(of bytes: some Sequence<UInt8>) { self.init(of: Array(bytes)) }

    /// SHA-256 of these bytes.
    package init(of bytes: Bytes) {
        var hasher = SHA256()
        hasher.update(bytes)
        self.init(hasher.finalize())
    }

    /// SHA-256 of the pieces that the closure passes on, one after the other.
    package init<E: Error>(ofPieces give: ((Bytes) -> Void) throws(E) -> Void) throws(E) {
        var hasher = SHA256()
        try give { hasher.update($0) }
        self.init(hasher.finalize())
    }

    /// SHA-256 of one after the other.
    package init(of first: Bytes, _ rest: Bytes) { self.init(of: first, rest.span) }

    /// SHA-256 of one after the other.
    package init(of first: Bytes, _ rest: Span<UInt8>) {
        var hasher = SHA256()
        hasher.update(first)
        unsafe rest.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
        self.init(hasher.finalize())
    }

    /// SHA-256 of one after the other.
    package init(of first: Span<UInt8>, _ second: Bytes, _ third: Hash256) {
        var hasher = SHA256()
        unsafe first.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
        hasher.update(second)
        hasher.update(third)
        self.init(hasher.finalize())
    }

    /// SHA-256(hex digits of a hash ‖ bytes ‖ the hash).
    package init(ofHexOf hash: Hash256, _ bytes: Bytes) {
        var hasher = SHA256()
        unsafe withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { digits in
            unsafe hash.withBytes { unsafe Hex.encode($0, into: digits) }
            unsafe hasher.update(bufferPointer: UnsafeRawBufferPointer(digits))
        }
        hasher.update(bytes)
        hasher.update(hash)
        self.init(hasher.finalize())
    }

    /// SHA-256(bytes ‖ hash ‖ hash).
    package init(of first: Bytes, _ left: Hash256, _ right: Hash256) {
        var hasher = SHA256()
        hasher.update(first)
        unsafe withUnsafeBytes(of: (left.inOrder, right.inOrder)) { unsafe hasher.update(bufferPointer: $0) }
        self.init(hasher.finalize())
    }

    /// SHA-256(bytes ‖ hash ‖ hash ‖ `u64` index ‖ `u64` time).
    package init(of first: Bytes, _ left: Hash256, _ right: Hash256, _ index: UInt64, _ time: Milliseconds) {
        var hasher = SHA256()
        hasher.update(first)
        unsafe withUnsafeBytes(of: (left.inOrder, right.inOrder, index.bigEndian, time.rawValue.bigEndian)) {
            unsafe hasher.update(bufferPointer: $0)
        }
        self.init(hasher.finalize())
    }

    /// The words, in the byte order of the memory.
    var inOrder: (UInt64, UInt64, UInt64, UInt64) {
        (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
    }

    package var bytes: Bytes { unsafe withBytes { unsafe Bytes($0) } }

    /// Passes the bytes without allocating an array. The pointer is valid inside the closure only.
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        unsafe withUnsafeBytes(of: inOrder) { unsafe body($0) }
    }

    /// The first four bytes as a big-endian number, as key IDs use them.
    package var first32: UInt32 { UInt32(truncatingIfNeeded: words.0 >> 32) }

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
