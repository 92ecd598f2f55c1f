/// Lower-case hexadecimal.
package enum Hex {
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let bytes = Array(bytes)
        return unsafe String(unsafeUninitializedCapacity: bytes.count * 2) { digits in
            unsafe bytes.withUnsafeBytes { unsafe encode($0, into: UnsafeMutableRawBufferPointer(digits)) }
            return bytes.count * 2
        }
    }

    /// Writes the digits to memory that has room for two per byte.
    static func encode(_ bytes: UnsafeRawBufferPointer, into digits: UnsafeMutableRawBufferPointer) {
        precondition(digits.count >= bytes.count * 2, "two digits a byte")
        for i in 0..<bytes.count {
            let byte = unsafe bytes[i]
            unsafe digits[2 * i] = digit(byte >> 4)
            unsafe digits[2 * i + 1] = digit(byte & 15)
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    /// Decodes lower-case digits, an even number of them; throws for anything else.
    package static func decode(_ text: String) throws(FormatError) -> Bytes {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { throw .notCanonical }
        var bytes = Bytes()
        bytes.reserveCapacity(digits.count / 2)
        for i in stride(from: 0, to: digits.count, by: 2) {
            bytes.append(try value(digits[i]) << 4 | value(digits[i + 1]))
        }
        return bytes
    }

    private static func value(_ digit: UInt8) throws(FormatError) -> UInt8 {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: throw .notCanonical
        }
    }

    /// Decodes eight digits, the first into the highest byte. Sets bits in `wrong` where a character is not a digit.
    static func number(_ digits: UInt64, _ wrong: inout UInt64) -> UInt64 {
        let each: UInt64 = 0x0101_0101_0101_0101
        // All eight at once. A letter has the bit of 64, and is worth nine more than its low four bits.
        var values = (digits & (each &* 15)) &+ (digits >> 6 & each) &* 9
        let letters = (values &+ each &* 6) >> 4 & each
        wrong |= (digits ^ (values &+ each &* 48 &+ letters &* 39)) | (values & (each &* 240))
        values = (values | values >> 4) & 0x00ff_00ff_00ff_00ff
        values = (values | values >> 8) & 0x0000_ffff_0000_ffff
        return (values | values >> 16) & 0xffff_ffff
    }
}

/// Padded standard base64 (RFC 4648 §4) in its one canonical form: unused bits are zero.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (i, character) in alphabet.enumerated() { table[Int(character)] = UInt8(i) }
        return table
    }()

    package static func encode(_ bytes: some Collection<UInt8>) -> String { encode(Array(bytes)) }

    package static func encode(_ bytes: Bytes) -> String {
        let count = encodedCount(bytes.count)
        return unsafe String(unsafeUninitializedCapacity: count) { out in
            unsafe bytes.withUnsafeBytes { unsafe encode($0, into: UnsafeMutableRawBufferPointer(out)) }
            return count
        }
    }

    /// The number of characters that encode this many bytes.
    package static func encodedCount(_ bytes: Int) -> Int { (bytes + 2) / 3 * 4 }

    /// Writes the characters to memory with room for them. Nothing is copied elsewhere.
    package static func encode(_ bytes: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer) {
        precondition(out.count >= encodedCount(bytes.count), "four characters for three bytes")
        let alphabet = alphabet.span
        func characters(_ group: UInt32) -> UInt32 {
            UInt32(alphabet[Int(group >> 18 & 63)]) | UInt32(alphabet[Int(group >> 12 & 63)]) << 8
                | UInt32(alphabet[Int(group >> 6 & 63)]) << 16 | UInt32(alphabet[Int(group & 63)]) << 24
        }
        let groups = bytes.count / 3
        for i in 0..<groups {
            let group =
                UInt32(unsafe bytes[3 * i]) << 16 | UInt32(unsafe bytes[3 * i + 1]) << 8
                | UInt32(
                    unsafe bytes[3 * i + 2])
            unsafe out.storeBytes(of: characters(group).littleEndian, toByteOffset: 4 * i, as: UInt32.self)
        }
        let rest = bytes.count - 3 * groups
        guard rest > 0 else { return }
        var last = UInt32(unsafe bytes[3 * groups]) << 16
        if rest == 2 { last |= UInt32(unsafe bytes[3 * groups + 1]) << 8 }
        // One byte leaves two characters, two bytes leave three.
        let padding: UInt32 = rest == 2 ? 61 << 24 : 61 << 24 | 61 << 16
        let kept: UInt32 = rest == 2 ? 0x00ff_ffff : 0x0000_ffff
        unsafe out.storeBytes(
            of: (characters(last) & kept | padding).littleEndian, toByteOffset: 4 * groups, as: UInt32.self)
    }

    package static func decode(_ text: String) throws(FormatError) -> Bytes { try decode(text.utf8.span) }

    package static func decode(_ characters: Span<UInt8>) throws(FormatError) -> Bytes {
        guard !characters.isEmpty else { return [] }
        var result: Result<Int, FormatError> = .success(0)
        let out = unsafe Bytes(unsafeUninitializedCapacity: room(characters.count)) { room, count in
            result = unsafe decode(characters, into: UnsafeMutableRawBufferPointer(room))
            count = (try? result.get()) ?? 0
        }
        _ = try result.get()
        return out
    }

    /// Passes the decoded bytes to `body` without allocating an array, then wipes them.
    package static func withDecoded(
        _ characters: Span<UInt8>, _ body: (Span<UInt8>) -> Void
    ) throws(FormatError) {
        let result: Result<Void, FormatError> = unsafe withUnsafeTemporaryAllocation(
            byteCount: room(characters.count), alignment: 8
        ) { out in
            defer { unsafe wipe(out) }
            return unsafe decode(characters, into: out).map { count in
                unsafe body(UnsafeRawBufferPointer(rebasing: out[..<count]).bindMemory(to: UInt8.self).span)
            }
        }
        try result.get()
    }

    /// The memory that decoding this many characters needs. Each group writes four bytes, and the next one overwrites
    /// the last of them.
    private static func room(_ characters: Int) -> Int { characters / 4 * 3 + 1 }

    /// Decodes into memory of the size that `room` gives; returns the number of bytes.
    private static func decode(
        _ characters: Span<UInt8>, into out: UnsafeMutableRawBufferPointer
    ) -> Result<Int, FormatError> {
        let count = characters.count
        guard count.isMultiple(of: 4) else { return .failure(.notCanonical) }
        var padding = 0
        if count > 0, characters[count - 1] == 61 { padding = characters[count - 2] == 61 ? 2 : 1 }
        let groups = (count - padding) / 4
        guard unsafe decode(characters, groups: groups, into: out) else { return .failure(.notCanonical) }
        guard padding > 0 else { return .success(groups * 3) }
        var last: UInt32 = 0
        for i in groups * 4..<count - padding {
            let value = values[Int(characters[i])]
            guard value < 64 else { return .failure(.notCanonical) }
            last = last << 6 | UInt32(value)
        }
        // The unused bits of the last character are zero.
        let unused = UInt32(padding) * 2
        guard last & ((1 << unused) - 1) == 0 else { return .failure(.notCanonical) }
        last >>= unused
        var end = groups * 3
        if padding == 1 {
            unsafe out[end] = UInt8(truncatingIfNeeded: last >> 8)
            end += 1
        }
        unsafe out[end] = UInt8(truncatingIfNeeded: last)
        return .success(end + 1)
    }

    /// Decodes whole groups of four characters; false if a character is not in the alphabet. A recipient's key, which
    /// each ask carries, has four hundred groups.
    private static func decode(
        _ characters: Span<UInt8>, groups: Int, into out: UnsafeMutableRawBufferPointer
    ) -> Bool {
        var all: UInt32 = 0
        unsafe characters.withUnsafeBytes { characters in
            unsafe placed.withUnsafeBufferPointer { placed in
                for group in 0..<groups {
                    let four = UInt32(
                        littleEndian: unsafe characters.loadUnaligned(fromByteOffset: group * 4, as: UInt32.self))
                    let first = unsafe placed[Int(four & 255)]
                    let second = unsafe placed[256 + Int(four >> 8 & 255)]
                    let third = unsafe placed[512 + Int(four >> 16 & 255)]
                    let fourth = unsafe placed[768 + Int(four >> 24)]
                    let three = first | second | third | fourth
                    all |= three
                    unsafe out.storeBytes(of: three.littleEndian, toByteOffset: group * 3, as: UInt32.self)
                }
            }
        }
        return all <= 0xffffff
    }

    /// The value of each character as the first, second, third and fourth of a group, in the byte order of the memory.
    /// The highest bits are set for characters outside the alphabet.
    private static let placed: [UInt32] = [18, 12, 6, 0].flatMap { shift in
        values.map { $0 < 64 ? (UInt32($0) << (shift + 8)).byteSwapped : 255 << 24 }
    }
}
