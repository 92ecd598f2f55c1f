/// Lower-case hexadecimal.
package enum Hex {
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes {
            text.unicodeScalars.append(digit(byte >> 4))
            text.unicodeScalars.append(digit(byte & 15))
        }
        return text
    }

    private static func digit(_ value: UInt8) -> Unicode.Scalar {
        Unicode.Scalar(value < 10 ? 48 + value : 87 + value)
    }

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
        switch digit {
        case 48...57: digit - 48
        case 97...102: digit - 87
        default: throw .notCanonical
        }
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

    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        var out = Bytes()
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
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

    package static func decode(_ text: String) throws(FormatError) -> Bytes {
        let characters = Array(text.utf8)
        guard characters.count.isMultiple(of: 4) else { throw .notCanonical }
        let padding = characters.suffix(2).filter { $0 == 61 }.count
        if padding == 2, characters[characters.count - 2] != 61 { throw .notCanonical }
        let body = characters.dropLast(padding)
        var out = Bytes()
        out.reserveCapacity(body.count / 4 * 3 + 2)
        var group: UInt32 = 0
        var bits = 0
        for character in body {
            let value = values[Int(character)]
            guard value != 255 else { throw .notCanonical }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                out.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
                group &= (1 << UInt32(bits)) - 1
            }
        }
        guard group == 0 else { throw .notCanonical }
        return out
    }
}
