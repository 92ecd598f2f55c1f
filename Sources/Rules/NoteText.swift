package import Sealing

/// The text of every note that Coffer signs: `coffer/v1/TYPE`, newline, one canonical JSON object, newline.
package struct NoteText: Sendable {
    package let type: String
    package let object: CanonicalObject

    /// Parses the first line; the second as its members are read.
    package init(parsing text: Bytes) throws(FormatError) {
        guard text.last == 10, let end = text.firstIndex(of: 10), end < text.count - 1 else { throw .notCanonical }
        guard let head = String(validating: text[..<end], as: UTF8.self), head.hasPrefix(Self.prefix) else {
            throw .notCanonical
        }
        self.type = String(head.dropFirst(Self.prefix.count))
        self.object = try CanonicalObject(parsing: text, from: end + 1, to: text.count - 1)
    }

    /// The text of a type and its members in their documented order.
    package static func make(_ type: String, _ members: [CanonicalJSON.Member]) -> Bytes {
        Array("\(prefix)\(type)\n".utf8) + CanonicalJSON.object(members).encoded + [10]
    }

    private static let prefix = "coffer/v1/"
}
