import Foundation
import Sealing

/// JSON as others write it (RFC 8259), read strictly and within bounds. Not the canonical form.
enum ForeignJSON: Equatable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([ForeignJSON])
    case object([String: ForeignJSON])

    static let maximumDepth = 64

    init(parsing bytes: some Collection<UInt8>) throws(FormatError) {
        var parser = ForeignJSONParser(bytes: Array(bytes))
        self = try parser.whole()
    }

    subscript(name: String) -> ForeignJSON? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    var string: String? { if case .string(let value) = self { value } else { nil } }
    var number: Double? { if case .number(let value) = self { value } else { nil } }
    var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    var array: [ForeignJSON]? { if case .array(let values) = self { values } else { nil } }

    /// A whole number in these bounds.
    func integer(_ bounds: ClosedRange<Int>) -> Int? {
        guard let number, number.rounded() == number, abs(number) <= 9_007_199_254_740_991 else { return nil }
        return bounds.contains(Int(number)) ? Int(number) : nil
    }
}

private struct ForeignJSONParser {
    let bytes: Bytes
    var position = 0

    mutating func whole() throws(FormatError) -> ForeignJSON {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw .trailingBytes }
        return value
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[position]) { position += 1 }
    }

    private func peek() throws(FormatError) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        return bytes[position]
    }

    private mutating func next() throws(FormatError) -> UInt8 {
        let byte = try peek()
        position += 1
        return byte
    }

    private mutating func word(_ word: String, _ value: ForeignJSON) throws(FormatError) -> ForeignJSON {
        for byte in word.utf8 { guard try next() == byte else { throw .notCanonical } }
        return value
    }

    private mutating func value(depth: Int) throws(FormatError) -> ForeignJSON {
        guard depth < ForeignJSON.maximumDepth else { throw .outOfBounds }
        skipSpace()
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(FormatError) -> ForeignJSON {
        var members: [String: ForeignJSON] = [:]
        position += 1
        skipSpace()
        if try peek() == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            skipSpace()
            guard try peek() == UInt8(ascii: "\"") else { throw .notCanonical }
            let name = try string()
            skipSpace()
            guard try next() == UInt8(ascii: ":") else { throw .notCanonical }
            guard members.updateValue(try value(depth: depth + 1), forKey: name) == nil else { throw .notCanonical }
            skipSpace()
            let separator = try next()
            if separator == UInt8(ascii: "}") { return .object(members) }
            guard separator == UInt8(ascii: ",") else { throw .notCanonical }
        }
    }

    private mutating func array(depth: Int) throws(FormatError) -> ForeignJSON {
        var values: [ForeignJSON] = []
        position += 1
        skipSpace()
        if try peek() == UInt8(ascii: "]") {
            position += 1
            return .array(values)
        }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            let separator = try next()
            if separator == UInt8(ascii: "]") { return .array(values) }
            guard separator == UInt8(ascii: ",") else { throw .notCanonical }
        }
    }

    private mutating func number() throws(FormatError) -> ForeignJSON {
        let start = position
        while position < bytes.count, "+-.eE0123456789".utf8.contains(bytes[position]) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        // JSON knows neither a plus sign nor a zero before other digits nor a bare point.
        guard text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil, let value = Double(text),
            value.isFinite
        else { throw .notCanonical }
        return .number(value)
    }

    private mutating func string() throws(FormatError) -> String {
        position += 1
        var out = Bytes()
        while true {
            let byte = try next()
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: out, as: UTF8.self) else { throw .notCanonical }
                return string
            case UInt8(ascii: "\\"): try escape(into: &out)
            case 0..<0x20: throw .notCanonical
            default: out.append(byte)
            }
        }
    }

    private mutating func escape(into out: inout Bytes) throws(FormatError) {
        switch try next() {
        case UInt8(ascii: "\""): out.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): out.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): out.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0c)
        case UInt8(ascii: "n"): out.append(0x0a)
        case UInt8(ascii: "r"): out.append(0x0d)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"):
            var code = try unit()
            if (0xd800..<0xdc00).contains(code), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            {
                let mark = position
                position += 2
                let low = try unit()
                if (0xdc00..<0xe000).contains(low) {
                    code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
                } else {
                    position = mark
                }
            }
            // Half a pair is no character.
            out += Array(String(Unicode.Scalar(code).map(Character.init) ?? "\u{fffd}").utf8)
        default: throw .notCanonical
        }
    }

    private mutating func unit() throws(FormatError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(try next())).hexDigitValue else { throw .notCanonical }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
