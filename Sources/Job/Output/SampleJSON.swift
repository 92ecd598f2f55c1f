import Glibc
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

    func write(to bytes: inout Bytes) {
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
    static func write(quoted string: String, to bytes: inout Bytes) {
        var string = string
        bytes.append(UInt8(ascii: "\""))
        string.withUTF8 { utf8 in
            let text = UnsafeRawBufferPointer(utf8)
            var start = 0
            while true {
                let stop = place(ofEscapeIn: text, from: start)
                bytes.append(contentsOf: text[start..<stop])
                guard stop < text.count else { break }
                write(escapeOf: text[stop], to: &bytes)
                start = stop + 1
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// The place of the next byte that is not written as it is, or the end.
    private static func place(ofEscapeIn text: UnsafeRawBufferPointer, from start: Int) -> Int {
        let stop = PlainText.count(in: text, from: start)
        guard let base = text.baseAddress, let delete = memchr(base + start, 0x7f, stop - start) else { return stop }
        return UnsafeRawPointer(delete) - base
    }

    private static func write(escapeOf byte: UInt8, to bytes: inout Bytes) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
        default:
            bytes += "u00".utf8
            for digit in [byte >> 4, byte & 15] { bytes.append(digit < 10 ? 48 + digit : 87 + digit) }
        }
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
