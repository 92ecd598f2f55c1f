package import Sealing

/// The text of every note that Coffer signs: `coffer/v1/TYPE`, newline, one canonical JSON object, newline.
package struct NoteText: Sendable {
    package let type: String
    package let object: CanonicalObject

    /// Parses the first line; the second as its members are read.
    package init(parsing text: Bytes) throws(FormatError) {
        guard text.last == 10, let end = text.firstIndex(of: 10), end < text.count - 1 else { throw .notCanonical }
        guard text[..<end].starts(with: Self.domain),
            let type = try? UTF8Span(validating: text.span.extracting(Self.domain.count..<end))
        else { throw .notCanonical }
        self.type = String(copying: type)
        self.object = try CanonicalObject(parsing: text, from: end + 1, to: text.count - 1)
    }

    /// The text of a type and its members in their documented order.
    package static func make(_ type: String, _ members: [CanonicalJSON.Member]) -> Bytes {
        Array("\(prefix)\(type)\n".utf8) + CanonicalJSON.object(members).encoded + [10]
    }

    private static let prefix = "coffer/v1/"
    private static let domain = Array(prefix.utf8)
}
