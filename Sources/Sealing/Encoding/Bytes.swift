/// Public bytes: ciphertext, hashes, formats. Never a key.
package typealias Bytes = [UInt8]

/// Why a byte string is not in its format. The error holds none of the bytes.
package enum FormatError: Error, Equatable, Sendable {
    /// The bytes end before the structure does.
    case truncated
    /// Bytes follow the end of the structure.
    case trailingBytes
    /// A length or count is above its documented bound.
    case outOfBounds
    /// A field is not in its one canonical form.
    case notCanonical
}

/// Writes the structures of Design, "Notation": integers big-endian, `lp(s)` = u16 length ‖ s.
package struct ByteWriter: Sendable {
    /// What has been written so far.
    package private(set) var bytes: Bytes

    package init(_ bytes: Bytes = []) { self.bytes = bytes }

    /// Starts with these bytes and reserves memory for `room` more.
    package init(_ bytes: Bytes, room: Int) {
        self.bytes = []
        self.bytes.reserveCapacity(bytes.count + room)
        self.bytes.append(contentsOf: bytes)
    }

    package mutating func u8(_ value: UInt8) { bytes.append(value) }
    package mutating func u16(_ value: UInt16) { integer(value) }
    package mutating func u32(_ value: UInt32) { integer(value) }
    package mutating func u64(_ value: UInt64) { integer(value) }

    private mutating func integer<I: FixedWidthInteger>(_ value: I) {
        unsafe withUnsafeBytes(of: value.bigEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    package mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }
    package mutating func append(_ hash: Hash256) {
        unsafe hash.withBytes { unsafe bytes.append(contentsOf: $0) }
    }

    /// lp(s). A string of more than 65,535 bytes is a bug of the caller and traps.
    package mutating func lp(_ string: some Collection<UInt8>) {
        precondition(string.count <= Int(UInt16.max), "lp() takes at most 65,535 bytes")
        u16(UInt16(string.count))
        append(string)
    }

    package mutating func lp(_ string: String) { lp(string.utf8) }

    /// Zeros up to a total of `count` bytes.
    package mutating func pad(to count: Int) {
        if bytes.count < count { bytes.append(contentsOf: repeatElement(0, count: count - bytes.count)) }
    }
}

/// Reads what `ByteWriter` writes. Refuses input that is too short, too long or out of bounds.
package struct ByteReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    package init(_ bytes: Bytes) { self.init(bytes[...]) }

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.position = bytes.startIndex
    }

    /// How many bytes have not been read.
    package var remaining: Int { bytes.endIndex - position }
    /// How many bytes have been read.
    package var consumed: Int { position - bytes.startIndex }

    package mutating func u8() throws(FormatError) -> UInt8 { try integer() }
    package mutating func u16() throws(FormatError) -> UInt16 { try integer() }
    package mutating func u32() throws(FormatError) -> UInt32 { try integer() }
    package mutating func u64() throws(FormatError) -> UInt64 { try integer() }

    private mutating func integer<I: FixedWidthInteger>() throws(FormatError) -> I {
        var value: I = 0
        for byte in try slice(I.bitWidth / 8) { value = (value << 8) | I(byte) }
        return value
    }

    mutating func slice(_ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw .truncated }
        defer { position += count }
        return bytes[position..<position + count]
    }

    package mutating func take(_ count: Int) throws(FormatError) -> Bytes { Array(try slice(count)) }

    package mutating func hash() throws(FormatError) -> Hash256 {
        let bytes = try slice(32)
        return Hash256(bytes.span, at: 0)
    }

    package mutating func lp() throws(FormatError) -> Bytes { Array(try lpSlice()) }

    /// The bytes of an lp(s), without a copy.
    package mutating func lpSlice() throws(FormatError) -> ArraySlice<UInt8> { try slice(Int(try u16())) }

    /// lp(s) as valid UTF-8.
    package mutating func lpString() throws(FormatError) -> String {
        guard let string = String(validating: try lp(), as: UTF8.self) else { throw .notCanonical }
        return string
    }

    /// Checks that all remaining bytes are zeros.
    package mutating func zerosToEnd() throws(FormatError) {
        let rest = try slice(remaining)
        var any: UInt8 = 0
        let span = rest.span
        for i in span.indices { any |= span[i] }
        guard any == 0 else { throw .notCanonical }
    }

    /// Checks that no byte is left.
    package func finish() throws(FormatError) {
        guard remaining == 0 else { throw .trailingBytes }
    }
}
