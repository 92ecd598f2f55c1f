/// The one form of JSON that Coffer signs, hashes and seals (DESIGN §3).
///
/// No white space outside strings, members in a documented order, the escapes `\"`, `\\` and `\n` only, integers
/// from 0 to 2^53−1. Every value has exactly one encoding, so what parses re-encodes to the same bytes.
package enum CanonicalJSON: Hashable, Sendable {
    case object([Member])
    case array([CanonicalJSON])
    case string(String)
    case integer(UInt64)
    case boolean(Bool)

    /// One name and its value.
    package struct Member: Hashable, Sendable {
        package let name: String
        package let value: CanonicalJSON

        package init(_ name: String, _ value: CanonicalJSON) {
            self.name = name
            self.value = value
        }
    }

    /// 2^53 − 1.
    package static let maximumInteger: UInt64 = (1 << 53) - 1
    /// How deep arrays and objects may nest.
    package static let maximumDepth = 16

    /// Bytes as padded standard base64.
    package static func bytes(_ bytes: Bytes) -> CanonicalJSON { .string(Base64.encode(bytes)) }
    /// A hash, key or name as hex.
    package static func hex(_ hash: Hash256) -> CanonicalJSON { .string(hash.hex) }
    package static func strings(_ strings: some Sequence<String>) -> CanonicalJSON {
        .array(strings.map { .string($0) })
    }

    package var encoded: Bytes {
        var out = Bytes()
        encode(into: &out)
        return out
    }

    private func encode(into out: inout Bytes) {
        switch self {
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (i, member) in members.enumerated() {
                if i > 0 { out.append(UInt8(ascii: ",")) }
                Self.encode(member.name, into: &out)
                out.append(UInt8(ascii: ":"))
                member.value.encode(into: &out)
            }
            out.append(UInt8(ascii: "}"))
        case .array(let values):
            out.append(UInt8(ascii: "["))
            for (i, value) in values.enumerated() {
                if i > 0 { out.append(UInt8(ascii: ",")) }
                value.encode(into: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .string(let string): Self.encode(string, into: &out)
        case .integer(let value): out.append(contentsOf: String(value).utf8)
        case .boolean(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
        }
    }

    private static func encode(_ string: String, into out: inout Bytes) {
        out.append(UInt8(ascii: "\""))
        defer { out.append(UInt8(ascii: "\"")) }
        let plain = string.utf8.allSatisfy { byte in
            byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "\n")
        }
        if plain { return out.append(contentsOf: string.utf8) }
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): out.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): out.append(contentsOf: "\\\\".utf8)
            case UInt8(ascii: "\n"): out.append(contentsOf: "\\n".utf8)
            default: out.append(byte)
            }
        }
    }

    /// Parses one value and nothing after it.
    package init(parsing bytes: some Collection<UInt8>) throws(FormatError) {
        var parser = CanonicalJSONParser(Array(bytes))
        self = try parser.value(depth: 0)
        guard parser.atEnd else { throw .trailingBytes }
    }
}

/// A recursive-descent parser with a bound on its depth.
private struct CanonicalJSONParser {
    private let bytes: Bytes
    private var position = 0

    init(_ bytes: Bytes) { self.bytes = bytes }

    var atEnd: Bool { position == bytes.count }

    private func peek() throws(FormatError) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        return bytes[position]
    }

    private mutating func next() throws(FormatError) -> UInt8 {
        defer { position += 1 }
        return try peek()
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(FormatError) {
        guard try next() == UInt8(ascii: character) else { throw .notCanonical }
    }

    private mutating func expect(word: String) throws(FormatError) {
        for byte in word.utf8 { guard try next() == byte else { throw .notCanonical } }
    }

    mutating func value(depth: Int) throws(FormatError) -> CanonicalJSON {
        guard depth < CanonicalJSON.maximumDepth else { throw .outOfBounds }
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try expect(word: "true")
            return .boolean(true)
        case UInt8(ascii: "f"):
            try expect(word: "false")
            return .boolean(false)
        default: return .integer(try integer())
        }
    }

    private mutating func object(depth: Int) throws(FormatError) -> CanonicalJSON {
        try expect("{")
        var members: [CanonicalJSON.Member] = []
        // Few names are compared faster than hashed.
        var names: Set<String>?
        func isFresh(_ name: String) -> Bool {
            if names == nil, members.count > 24 { names = Set(members.map(\.name)) }
            return names?.insert(name).inserted ?? !members.contains { $0.name == name }
        }
        if try peek() == UInt8(ascii: "}") {
            position += 1
            return .object([])
        }
        while true {
            let name = try string()
            guard isFresh(name) else { throw .notCanonical }
            try expect(":")
            members.append(.init(name, try value(depth: depth + 1)))
            let separator = try next()
            if separator == UInt8(ascii: "}") { return .object(members) }
            guard separator == UInt8(ascii: ",") else { throw .notCanonical }
        }
    }

    private mutating func array(depth: Int) throws(FormatError) -> CanonicalJSON {
        try expect("[")
        var values: [CanonicalJSON] = []
        if try peek() == UInt8(ascii: "]") {
            position += 1
            return .array([])
        }
        while true {
            values.append(try value(depth: depth + 1))
            let separator = try next()
            if separator == UInt8(ascii: "]") { return .array(values) }
            guard separator == UInt8(ascii: ",") else { throw .notCanonical }
        }
    }

    private mutating func string() throws(FormatError) -> String {
        try expect("\"")
        // Nearly every string has no escape: it is what lies between two quotes.
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                guard let string = String(validating: bytes[start..<position], as: UTF8.self) else {
                    throw .notCanonical
                }
                position += 1
                return string
            }
            if byte == UInt8(ascii: "\\") { break }
            guard byte >= 0x20 else { throw .notCanonical }
            position += 1
        }
        var out = Array(bytes[start..<position])
        while true {
            let byte = try next()
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: out, as: UTF8.self) else { throw .notCanonical }
                return string
            case UInt8(ascii: "\\"):
                switch try next() {
                case UInt8(ascii: "\""): out.append(UInt8(ascii: "\""))
                case UInt8(ascii: "\\"): out.append(UInt8(ascii: "\\"))
                case UInt8(ascii: "n"): out.append(UInt8(ascii: "\n"))
                default: throw .notCanonical
                }
            case 0..<0x20: throw .notCanonical
            default: out.append(byte)
            }
        }
    }

    private mutating func integer() throws(FormatError) -> UInt64 {
        var value: UInt64 = 0
        var digits = 0
        while position < bytes.count, case 48...57 = bytes[position] {
            value = value * 10 + UInt64(bytes[position] - 48)
            guard value <= CanonicalJSON.maximumInteger else { throw .outOfBounds }
            digits += 1
            position += 1
            if digits > 1, value < 10 { throw .notCanonical }
        }
        guard digits > 0 else { throw .notCanonical }
        return value
    }
}
