/// Lower-case hexadecimal.
package enum Hex {
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: digits(Array(bytes)), as: UTF8.self)
    }

    /// Two digits a byte, as bytes.
    package static func digits(_ bytes: Bytes) -> Bytes {
        var text = Bytes()
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
        return text
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
        let table = values.span
        var out = Bytes(repeating: 0, count: count / 4 * 3 - padding)
        var target = out.mutableSpan
        var end = 0
        // Whole groups; a character that is none has the value 255.
        let whole = padding == 0 ? count : count - 4
        var start = 0
        while start < whole {
            let (a, b) = (table[Int(characters[start])], table[Int(characters[start + 1])])
            let (c, d) = (table[Int(characters[start + 2])], table[Int(characters[start + 3])])
            guard a | b | c | d < 64 else { throw .notCanonical }
            target[end] = a << 2 | b >> 4
            target[end + 1] = b << 4 | c >> 2
            target[end + 2] = c << 6 | d
            start += 4
            end += 3
        }
        if padding > 0 {
            var group: UInt32 = 0
            for i in whole..<count - padding {
                let value = table[Int(characters[i])]
                guard value < 64 else { throw .notCanonical }
                group = group << 6 | UInt32(value)
            }
            // The unused bits of the last character are zero.
            let unused = UInt32(padding) * 2
            guard group & ((1 << unused) - 1) == 0 else { throw .notCanonical }
            group >>= unused
            if padding == 1 { target[end] = UInt8(truncatingIfNeeded: group >> 8) }
            target[target.count - 1] = UInt8(truncatingIfNeeded: group)
        }
        return out
    }
}
