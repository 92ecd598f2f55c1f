/// An app's name: `[a-z0-9._-]{1,64}`, compared as bytes.
package struct AppName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static let maximumCount = 64
    package let string: String

    package init(_ string: String) throws(FormatError) {
        guard (1...Self.maximumCount).contains(string.utf8.count), string.utf8.allSatisfy(Self.isAllowed) else {
            throw .notCanonical
        }
        self.string = string
    }

    init(_ bytes: Bytes) throws(FormatError) {
        guard let string = String(validating: bytes, as: UTF8.self) else { throw .notCanonical }
        try self.init(string)
    }

    /// Made from WM_CLASS: the class in lower case, other bytes as `-`, cut to 64 bytes, `unknown` when empty (Design,
    /// "What is recorded").
    package init(windowClass: String) {
        let bytes = windowClass.utf8.prefix(Self.maximumCount).map { byte in
            let lower = (65...90).contains(byte) ? byte + 32 : byte
            return Self.isAllowed(lower) ? lower : UInt8(ascii: "-")
        }
        self.string = bytes.isEmpty ? "unknown" : String(decoding: bytes, as: UTF8.self)
    }

    /// How many bytes of a class are kept before its hash.
    private static let maximumKept = 47

    /// Made from a class so that two classes that differ in more than ASCII case have two names: where anything else
    /// had to be changed or cut, `-` and the first 16 hex digits of SHA-256(D("app") ‖ class) follow.
    package init(distinguishing windowClass: String) {
        let plain = AppName(windowClass: windowClass)
        let lower = windowClass.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }
        if Array(plain.string.utf8) == lower, !plain.hasHash {
            self = plain
        } else {
            let hash = Hash256(of: D("app") + Array(windowClass.utf8)).hex.prefix(16)
            self.string = String(plain.string.prefix(Self.maximumKept)) + "-" + hash
        }
    }

    /// Whether it ends as a name does that has the hash of a class, which it does not tell.
    package var hasHash: Bool { string.wholeMatch(of: /.*-[0-9a-f]{16}/) != nil }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    package var description: String { string }

    package static func < (a: Self, b: Self) -> Bool { a.string.utf8.lexicographicallyPrecedes(b.string.utf8) }
}
