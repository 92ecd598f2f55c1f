/// What a segment holds (Design, "Segments"). Ordered by the bytes of its name.
package enum Kind: String, CaseIterable, Sendable, Comparable {
    case keys, pointer, screen, window, prompt, terminal

    package static func < (a: Self, b: Self) -> Bool { a.rawValue.utf8.lexicographicallyPrecedes(b.rawValue.utf8) }

    /// From its name in bytes.
    init(_ bytes: Bytes) throws(FormatError) {
        guard let kind = String(validating: bytes, as: UTF8.self).flatMap(Kind.init(rawValue:)) else {
            throw .notCanonical
        }
        self = kind
    }
}
