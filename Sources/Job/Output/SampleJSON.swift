import Sealing

/// JSON as samples have it: ordered members, any text, coordinates of four decimals (RFC 8259).
indirect enum SampleJSON: Hashable, Sendable {
    case object([(String, SampleJSON)])
    case array([SampleJSON])
    case string(String)
    case integer(UInt64)
    case boolean(Bool)
    /// A coordinate from 0 to 1.
    case fraction(Fraction)

    var text: String { String(decoding: bytes, as: UTF8.self) }

    var bytes: Bytes {
        var bytes = Bytes()
        write(to: &bytes)
        return bytes
    }

    private func write(to bytes: inout Bytes) {
        switch self {
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (place, member) in members.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(quoted: member.0, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.1.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (place, value) in values.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .string(let string): Self.write(quoted: string, to: &bytes)
        case .integer(let integer): bytes += String(integer).utf8
        case .boolean(let boolean): bytes += (boolean ? "true" : "false").utf8
        case .fraction(let fraction): bytes += fraction.description.utf8
        }
    }

    /// Runs without special characters are copied at once.
    private static func write(quoted string: String, to bytes: inout Bytes) {
        var string = string
        bytes.append(UInt8(ascii: "\""))
        string.withUTF8 { utf8 in
            var start = 0
            for (place, byte) in utf8.enumerated() {
                let escape: String
                switch byte {
                case UInt8(ascii: "\""): escape = "\\\""
                case UInt8(ascii: "\\"): escape = "\\\\"
                case UInt8(ascii: "\n"): escape = "\\n"
                case 0..<0x20, 0x7f: escape = "\\u00" + Hex.encode([byte])
                default: continue
                }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<place]))
                bytes += escape.utf8
                start = place + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    static func == (a: Self, b: Self) -> Bool { a.bytes == b.bytes }
    func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

/// A coordinate as a share of the screen, in ten-thousandths: 0.0000 to 1.0000.
struct Fraction: Hashable, Sendable, CustomStringConvertible {
    let tenThousandths: Int

    /// `part` of `whole` pixels, rounded to the nearest and limited to the screen's edges.
    init(_ part: Int, of whole: Int) {
        let whole = max(whole, 1)
        tenThousandths = (min(max(part, 0), whole) * 10_000 + whole / 2) / whole
    }

    var description: String {
        let decimals = String(tenThousandths % 10_000)
        return "\(tenThousandths / 10_000)." + String(repeating: "0", count: 4 - decimals.count) + decimals
    }
}
