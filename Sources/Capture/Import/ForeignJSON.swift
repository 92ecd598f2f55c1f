import Sealing

/// A strict reader, with limits, of JSON from other tools (RFC 8259), which is not canonical.
enum ForeignJSON: Equatable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([ForeignJSON])
    case object([String: ForeignJSON])

    static let maximumDepth = 64

    init(parsing bytes: some Collection<UInt8>) throws(FormatError) {
        let parsed: Result<ForeignJSON, FormatError> = Array(bytes).withUnsafeBufferPointer { buffer in
            var parser = ForeignJSONParser(bytes: buffer)
            do throws(FormatError) { return .success(try parser.whole()) } catch { return .failure(error) }
        }
        self = try parsed.get()
    }

    subscript(name: String) -> ForeignJSON? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    var string: String? { if case .string(let value) = self { value } else { nil } }
    var number: Double? { if case .number(let value) = self { value } else { nil } }
    var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    var array: [ForeignJSON]? { if case .array(let values) = self { values } else { nil } }

    /// The number, if it is whole and within these bounds.
    func integer(_ bounds: ClosedRange<Int>) -> Int? {
        guard let number, number.rounded() == number, abs(number) <= 9_007_199_254_740_991 else { return nil }
        return bounds.contains(Int(number)) ? Int(number) : nil
    }
}

/// Use it only inside `withUnsafeBufferPointer`: the bytes must outlive it.
private struct ForeignJSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0

    mutating func whole() throws(FormatError) -> ForeignJSON {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw .trailingBytes }
        return value
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
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
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        // JSON has no plus sign, no leading zeros, and digits on both sides of a point.
        let first = position
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[first] != UInt8(ascii: "0") else { throw .notCanonical }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            guard digits() > 0 else { throw .notCanonical }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard digits() > 0 else { throw .notCanonical }
        }
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
        guard let value = Double(text), value.isFinite else { throw .notCanonical }
        return .number(value)
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, bytes[position] >= 48, bytes[position] <= 57 { position += 1 }
        return position - start
    }

    private mutating func string() throws(FormatError) -> String {
        position += 1
        var out = Bytes()
        while true {
            let start = position
            // Copies a run of plain characters at once.
            while position < bytes.count, bytes[position] >= 0x20, bytes[position] != 0x22, bytes[position] != 0x5c {
                position += 1
            }
            out.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<position]))
            switch try next() {
            case UInt8(ascii: "\""):
                guard let string = String(validating: out, as: UTF8.self) else { throw .notCanonical }
                return string
            case UInt8(ascii: "\\"): try escape(into: &out)
            default: throw .notCanonical
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
            // A single surrogate is not a character.
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
