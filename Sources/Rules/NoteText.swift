package import Sealing

/// The text of every note that Coffer signs: `coffer/v1/TYPE`, newline, one canonical JSON object, newline.
package struct NoteText: Sendable {
    package let type: String
    package let object: CanonicalObject

    /// Parses the first line. The second is parsed as its members are read.
    package init(parsing text: Bytes) throws(FormatError) { try self.init(parsing: text[...]) }

    /// Parses the first line, without a copy. The second is parsed as its members are read.
    package init(parsing text: ArraySlice<UInt8>) throws(FormatError) {
        guard text.last == 10, let end = text.position(of: 10), end < text.endIndex - 1,
            text[..<end].starts(with: Self.domain)
        else { throw .notCanonical }
        let name = text[..<end].dropFirst(Self.domain.count)
        guard let type = try? UTF8Span(validating: name.span) else { throw .notCanonical }
        self.type = String(copying: type)
        self.object = try CanonicalObject(parsing: text[(end + 1)...].dropLast())
    }

    /// The text of a type and its members in their documented order.
    package static func make(_ type: String, _ members: [CanonicalJSON.Member]) -> Bytes {
        Array("\(prefix)\(type)\n".utf8) + CanonicalJSON.object(members).encoded + [10]
    }

    private static let prefix = "coffer/v1/"
    private static let domain = Array(prefix.utf8)
}
