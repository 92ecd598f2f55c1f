/// Lower-case hexadecimal.
package enum Hex {
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text = Bytes()
        text.reserveCapacity(bytes.underestimatedCount * 2)
        for byte in bytes {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    /// Only lower-case digits, an even number of them.
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
        let value = values.span[Int(digit)]
        guard value < 16 else { throw .notCanonical }
        return value
    }

    /// Sixteen digits as a number; `all` gathers the bits of their values, which are below 16 if they are digits.
    static func word(_ digits: Swift.Span<UInt8>, at start: Int, _ all: inout UInt8) -> UInt64 {
        let values = values.span
        var word: UInt64 = 0
        for i in start..<start + 16 {
            let value = values[Int(digits[i])]
            all |= value
            word = word << 4 | UInt64(value)
        }
        return word
    }

    /// What each character is worth; 255 for those that are no digit.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for value in 0..<UInt8(16) { table[Int(digit(value))] = value }
        return table
    }()
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
        var out = Bytes()
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        let alphabet = alphabet.span
        var group: UInt32 = 0
        var held = 0
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            held += 1
            if held == 3 {
                for shift in [18, 12, 6, 0] { out.append(alphabet[Int(group >> UInt32(shift) & 63)]) }
                group = 0
                held = 0
            }
        }
        if held == 1 {
            out += [alphabet[Int(group >> 2 & 63)], alphabet[Int(group << 4 & 63)], 61, 61]
        } else if held == 2 {
            out += [
                alphabet[Int(group >> 10 & 63)], alphabet[Int(group >> 4 & 63)], alphabet[Int(group << 2 & 63)], 61,
            ]
        }
        return String(decoding: out, as: UTF8.self)
    }

    package static func decode(_ text: String) throws(FormatError) -> Bytes { try decode(text.utf8.span) }

    package static func decode(_ characters: Swift.Span<UInt8>) throws(FormatError) -> Bytes {
        let count = characters.count
        guard count.isMultiple(of: 4) else { throw .notCanonical }
        var padding = 0
        if count > 0, characters[count - 1] == 61 { padding = characters[count - 2] == 61 ? 2 : 1 }
        let whole = padding == 0 ? count : count - 4
        var out = try decodeGroups(characters.extracting(0..<whole), room: padding)
        if padding > 0 {
            var group: UInt32 = 0
            for i in whole..<count - padding {
                let value = values[Int(characters[i])]
                guard value < 64 else { throw .notCanonical }
                group = group << 6 | UInt32(value)
            }
            // The unused bits of the last character are zero.
            let unused = UInt32(padding) * 2
            guard group & ((1 << unused) - 1) == 0 else { throw .notCanonical }
            group >>= unused
            if padding == 1 { out.append(UInt8(truncatingIfNeeded: group >> 8)) }
            out.append(UInt8(truncatingIfNeeded: group))
        }
        return out
    }

    /// Whole groups of four, without padding: a recipient's key has four hundred of them, and each release has one.
    private static func decodeGroups(_ characters: Swift.Span<UInt8>, room: Int) throws(FormatError) -> Bytes {
        let groups = characters.count / 4
        // The bits of all values: 64 and more when one of them is no character's.
        var all: UInt8 = 0
        let out = unsafe characters.withUnsafeBufferPointer { characters in
            unsafe values.withUnsafeBufferPointer { table in
                unsafe Bytes(unsafeUninitializedCapacity: groups * 3 + room) { out, count in
                    for group in 0..<groups {
                        let a = unsafe table[Int(characters[group * 4])]
                        let b = unsafe table[Int(characters[group * 4 + 1])]
                        let c = unsafe table[Int(characters[group * 4 + 2])]
                        let d = unsafe table[Int(characters[group * 4 + 3])]
                        all |= a | b | c | d
                        unsafe out[group * 3] = a << 2 | b >> 4
                        unsafe out[group * 3 + 1] = b << 4 | c >> 2
                        unsafe out[group * 3 + 2] = c << 6 | d
                    }
                    count = groups * 3
                }
            }
        }
        guard all < 64 else { throw .notCanonical }
        return out
    }
}
