import Sealing

/// A strict reader, with limits, of JSON from other tools (RFC 8259), which is not canonical. It keeps the members'
/// order and how numbers were written, so that `text` gives the same values back.
package enum ForeignJSON: Hashable, Sendable {
    case null
    case boolean(Bool)
    case number(Number)
    case string(String)
    /// A string that begins with the second half of a surrogate pair, or ends with the first one.
    case halved(HalvedString)
    case array([ForeignJSON])
    case object([Member])

    package struct Number: Hashable, Sendable {
        package let value: Double
        package let text: String
    }

    package struct HalvedString: Hashable, Sendable {
        /// With U+FFFD where a half stands.
        package let text: String
        package let low: UInt32?
        package let high: UInt32?
    }

    package struct Member: Hashable, Sendable {
        package let name: String
        package var value: ForeignJSON

        package init(_ name: String, _ value: ForeignJSON) {
            self.name = name
            self.value = value
        }
    }

    /// Why bytes are not such JSON.
    package enum Failure: Error, Hashable {
        case truncated
        case tooDeep
        /// The object has two members of this name, and readers differ in which one they take.
        case duplicate(String)
        case notUTF8
        case notJSON
    }

    package static let maximumDepth = 64

    package init(parsing bytes: some Collection<UInt8>) throws(Failure) {
        let parsed: Result<ForeignJSON, Failure> = Array(bytes).withUnsafeBufferPointer { buffer in
            Result { () throws(Failure) in try ForeignJSON(buffer: buffer) }
        }
        self = try parsed.get()
    }

    package init(buffer: UnsafeBufferPointer<UInt8>) throws(Failure) {
        var parser = ForeignJSONParser(bytes: buffer)
        self = try parser.whole()
    }

    package subscript(name: String) -> ForeignJSON? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    package var string: String? {
        switch self {
        case .string(let value): value
        case .halved(let value): value.text
        default: nil
        }
    }
    package var number: Double? { if case .number(let value) = self { value.value } else { nil } }
    package var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    package var array: [ForeignJSON]? { if case .array(let values) = self { values } else { nil } }
    package var members: [Member]? { if case .object(let members) = self { members } else { nil } }
    package var isObject: Bool { members != nil }

    /// The number, if it is whole and within these bounds.
    package func integer(_ bounds: ClosedRange<Int>) -> Int? {
        guard let number, number.rounded() == number, abs(number) <= 9_007_199_254_740_991 else { return nil }
        return bounds.contains(Int(number)) ? Int(number) : nil
    }

    package static func integer(_ value: Int) -> ForeignJSON {
        .number(Number(value: Double(value), text: String(value)))
    }

    /// The object with this member's value replaced where it stands, or added at the end.
    package func setting(_ name: String, to value: ForeignJSON) -> ForeignJSON {
        guard case .object(var members) = self else { return self }
        if let place = members.lastIndex(where: { $0.name == name }) {
            members[place].value = value
        } else {
            members.append(Member(name, value))
        }
        return .object(members)
    }

    /// One line, RFC 8259.
    package var text: String {
        var bytes = Bytes()
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(to bytes: inout Bytes) {
        switch self {
        case .null: bytes += "null".utf8
        case .boolean(let value): bytes += (value ? "true" : "false").utf8
        case .number(let number): bytes += number.text.utf8
        case .string(let string): Self.write(quoted: string, to: &bytes)
        case .halved(let string): Self.write(quoted: string.text, to: &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (place, value) in values.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (place, member) in members.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(quoted: member.name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(quoted string: String, to bytes: inout Bytes) {
        bytes.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes += "\\\"".utf8
            case UInt8(ascii: "\\"): bytes += "\\\\".utf8
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case UInt8(ascii: "\t"): bytes += "\\t".utf8
            case UInt8(ascii: "\r"): bytes += "\\r".utf8
            case 0..<0x20, 0x7f: bytes += ("\\u00" + Hex.encode([byte])).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// Use it only inside `withUnsafeBufferPointer`: the bytes must outlive it.
private struct ForeignJSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0

    mutating func whole() throws(ForeignJSON.Failure) -> ForeignJSON {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw .notJSON }
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

    private func peek() throws(ForeignJSON.Failure) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        return bytes[position]
    }

    private mutating func next() throws(ForeignJSON.Failure) -> UInt8 {
        let byte = try peek()
        position += 1
        return byte
    }

    private mutating func word(_ word: String, _ value: ForeignJSON) throws(ForeignJSON.Failure) -> ForeignJSON {
        for byte in word.utf8 { guard try next() == byte else { throw .notJSON } }
        return value
    }

    private mutating func value(depth: Int) throws(ForeignJSON.Failure) -> ForeignJSON {
        guard depth < ForeignJSON.maximumDepth else { throw .tooDeep }
        skipSpace()
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return try string()
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(ForeignJSON.Failure) -> ForeignJSON {
        var members: [ForeignJSON.Member] = []
        var names: Set<String> = []
        position += 1
        skipSpace()
        if try peek() == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            skipSpace()
            guard try peek() == UInt8(ascii: "\"") else { throw .notJSON }
            let name = try string().string ?? ""
            skipSpace()
            guard try next() == UInt8(ascii: ":") else { throw .notJSON }
            // A set only pays for an object of many members.
            let isNew: Bool
            if members.count < 16 {
                isNew = !members.contains { $0.name == name }
            } else {
                if names.isEmpty { names = Set(members.map(\.name)) }
                isNew = names.insert(name).inserted
            }
            guard isNew else { throw .duplicate(String(name.prefix(64))) }
            members.append(ForeignJSON.Member(name, try value(depth: depth + 1)))
            skipSpace()
            let separator = try next()
            if separator == UInt8(ascii: "}") { return .object(members) }
            guard separator == UInt8(ascii: ",") else { throw .notJSON }
        }
    }

    private mutating func array(depth: Int) throws(ForeignJSON.Failure) -> ForeignJSON {
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
            guard separator == UInt8(ascii: ",") else { throw .notJSON }
        }
    }

    private mutating func number() throws(ForeignJSON.Failure) -> ForeignJSON {
        let start = position
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        // JSON has no plus sign, no leading zeros, and digits on both sides of a point.
        let first = position
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[first] != UInt8(ascii: "0") else { throw .notJSON }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            guard digits() > 0 else { throw .notJSON }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard digits() > 0 else { throw .notJSON }
        }
        let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
        guard let value = Double(text), value.isFinite else { throw .notJSON }
        return .number(ForeignJSON.Number(value: value, text: text))
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, bytes[position] >= 48, bytes[position] <= 57 { position += 1 }
        return position - start
    }

    private mutating func string() throws(ForeignJSON.Failure) -> ForeignJSON {
        position += 1
        // Most strings have no escapes.
        let first = position
        skipPlain()
        if position < bytes.count, bytes[position] == 0x22 {
            let plain = UnsafeBufferPointer(rebasing: bytes[first..<position])
            position += 1
            // Most are ASCII, which needs no validation.
            if plain.allSatisfy({ $0 < 0x80 }) { return .string(String(decoding: plain, as: UTF8.self)) }
            guard let string = String(validating: plain, as: UTF8.self) else { throw .notUTF8 }
            return .string(string)
        }
        var out = Bytes(UnsafeBufferPointer(rebasing: bytes[first..<position]))
        var low: UInt32?
        var high: UInt32?
        while true {
            let start = position
            // Copies a run of plain characters at once.
            skipPlain()
            if position > start { high = nil }
            out.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<position]))
            switch try next() {
            case UInt8(ascii: "\""):
                guard let text = String(validating: out, as: UTF8.self) else { throw .notUTF8 }
                if low == nil, high == nil { return .string(text) }
                return .halved(ForeignJSON.HalvedString(text: text, low: low, high: high))
            case UInt8(ascii: "\\"):
                let isFirst = out.isEmpty
                let half = try escape(into: &out)
                high = half.flatMap { (0xd800..<0xdc00).contains($0) ? $0 : nil }
                if isFirst { low = half.flatMap { (0xdc00..<0xe000).contains($0) ? $0 : nil } }
            default: throw .notJSON
            }
        }
    }

    private mutating func skipPlain() {
        while position < bytes.count, bytes[position] >= 0x20, bytes[position] != 0x22, bytes[position] != 0x5c {
            position += 1
        }
    }

    /// Reads an escape. Returns a half of a surrogate pair whose other half is not beside it; U+FFFD stands for it.
    private mutating func escape(into out: inout Bytes) throws(ForeignJSON.Failure) -> UInt32? {
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
            out += Array(String(Unicode.Scalar(code).map(Character.init) ?? "\u{fffd}").utf8)
            return Unicode.Scalar(code) == nil ? code : nil
        default: throw .notJSON
        }
        return nil
    }

    private mutating func unit() throws(ForeignJSON.Failure) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(try next())).hexDigitValue else { throw .notJSON }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
