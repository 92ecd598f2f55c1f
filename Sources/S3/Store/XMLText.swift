import Sealing

/// The texts of elements in a store's XML. A store's answers are flat enough that nothing more is needed: elements are
/// found by their names wherever they stand, and one whose end is missing is not there.
struct XMLText {
    private let text: String

    init(_ bytes: Bytes) { text = String(validating: bytes, as: UTF8.self) ?? "" }

    func first(_ name: String) -> String? { elements(name, atMost: 1).first }

    func all(_ name: String) -> [String] { elements(name, atMost: .max) }

    private func elements(_ name: String, atMost limit: Int) -> [String] {
        var found: [String] = []
        var rest = text.utf8[...]
        while found.count < limit, let start = rest.firstRange(of: "<\(name)>".utf8) {
            rest = rest[start.upperBound...]
            guard let end = rest.firstRange(of: "</\(name)>".utf8) else { break }
            if let content = Self.decoded(rest[..<end.lowerBound]) { found.append(content) }
            rest = rest[end.upperBound...]
        }
        return found
    }

    private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]

    /// Nil for what holds other elements or unknown entities.
    private static func decoded(_ bytes: Substring.UTF8View) -> String? {
        var parts = Substring(bytes).split(separator: "&", omittingEmptySubsequences: false)[...]
        var text = String(parts.popFirst() ?? "")
        for part in parts {
            guard let end = part.firstIndex(of: ";"), let character = character(part[..<end]) else { return nil }
            text += character
            text += part[part.index(after: end)...]
        }
        return Substring(bytes).contains("<") ? nil : text
    }

    private static func character(_ name: Substring) -> String? {
        guard name.hasPrefix("#") else { return entities[String(name)] }
        let digits = name.dropFirst()
        let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap { Unicode.Scalar($0) }.map { String(Character($0)) }
    }

    /// The text as an element's content.
    static func escaped(_ text: String) -> String {
        String(
            text.flatMap { character -> [Character] in
                switch character {
                case "&": Array("&amp;")
                case "<": Array("&lt;")
                case ">": Array("&gt;")
                default: [character]
                }
            })
    }
}
