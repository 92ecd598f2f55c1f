/// The one form of JSON that Coffer signs, hashes and seals (Design, "Notes and signers").
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
    /// A hash, key or name, as hex.
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
        if !hasEscapes(string) { return out.append(contentsOf: string.utf8) }
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): out.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): out.append(contentsOf: "\\\\".utf8)
            case UInt8(ascii: "\n"): out.append(contentsOf: "\\n".utf8)
            default: out.append(byte)
            }
        }
    }

    private static func hasEscapes(_ string: String) -> Bool {
        let bytes = string.utf8.span
        for i in bytes.indices {
            let byte = bytes[i]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\n") { return true }
        }
        return false
    }

    /// Throws unless the bytes are one object and nothing after it, as parsing them would, and builds nothing.
    static func checkObject(_ bytes: Bytes) throws(FormatError) {
        guard bytes.first == UInt8(ascii: "{") else { throw .notCanonical }
        var text = CanonicalText(bytes[...])
        try text.skip(depth: 0)
        guard text.isAtEnd else { throw .trailingBytes }
    }

    /// Parses one value and nothing after it.
    package init(parsing bytes: some Collection<UInt8>) throws(FormatError) {
        var text = CanonicalText(Array(bytes)[...])
        self = try text.value(depth: 0)
        guard text.isAtEnd else { throw .trailingBytes }
    }
}
