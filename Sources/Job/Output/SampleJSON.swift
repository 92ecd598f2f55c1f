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

    var text: String {
        switch self {
        case .object(let members):
            "{" + members.map { "\(Self.quoted($0.0)):\($0.1.text)" }.joined(separator: ",") + "}"
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .string(let string): Self.quoted(string)
        case .integer(let integer): String(integer)
        case .boolean(let boolean): boolean ? "true" : "false"
        case .fraction(let fraction): fraction.description
        }
    }

    private static func quoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                text += "\\u00" + Hex.encode([UInt8(scalar.value)])
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    static func == (a: Self, b: Self) -> Bool { a.text == b.text }
    func hash(into hasher: inout Hasher) { hasher.combine(text) }
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
