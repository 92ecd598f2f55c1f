import Sealing

/// The address of a server, in a form that every client can use: `http://` or `https://`, a host, a port of 1 … 65535 if
/// any, and a path if any. It has no user, no query and no fragment, and nothing in it needs decoding.
package struct ServerAddress: Hashable, Sendable {
    /// The URL, without a slash at its end.
    package let base: String

    /// Nil unless the text has this form, byte for byte.
    package init?(_ text: String) {
        var rest = Bytes(text.utf8)[...]
        guard rest.count <= 2_048, let scheme = ["https://", "http://"].first(where: { rest.starts(with: $0.utf8) })
        else { return nil }
        rest = rest.dropFirst(scheme.utf8.count)
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        guard Self.isAuthority(authority), rest.dropFirst(authority.count).allSatisfy(Self.isPathByte) else {
            return nil
        }
        base = text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private static func isAuthority(_ bytes: ArraySlice<UInt8>) -> Bool {
        let isLiteral = bytes.first == UInt8(ascii: "[")
        let host: ArraySlice<UInt8>
        if isLiteral {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
            host = bytes[bytes.startIndex...end]
            guard host.count > 2, host.dropFirst().dropLast().allSatisfy(isLiteralByte) else { return false }
        } else {
            host = bytes.prefix { $0 != UInt8(ascii: ":") }
            guard !host.isEmpty, host.allSatisfy(isHostByte) else { return false }
        }
        let port = bytes.dropFirst(host.count)
        guard let colon = port.first else { return true }
        return colon == UInt8(ascii: ":") && isPort(port.dropFirst())
    }

    /// 1 … 65535 in decimal, without zeros before it.
    private static func isPort(_ digits: ArraySlice<UInt8>) -> Bool {
        guard (1...5).contains(digits.count), digits.first != UInt8(ascii: "0"),
            digits.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
        else { return false }
        return UInt16(String(decoding: digits, as: UTF8.self)) != nil
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || ".-_".utf8.contains(byte) }
    private static func isLiteralByte(_ byte: UInt8) -> Bool {
        "0123456789abcdefABCDEF:.".utf8.contains(byte)
    }
    private static func isPathByte(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || "/.-_~".utf8.contains(byte) }
}
