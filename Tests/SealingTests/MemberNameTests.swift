import Sealing
import Testing

/// Names of members are bytes (Formats, "Canonical JSON"), not what Unicode takes for the same text.
@Suite("Names of members")
struct MemberNameTests {
    private static let composed = "\u{e9}"
    private static let decomposed = "e\u{301}"

    /// An object with these names, and as many others before them.
    private func parse(_ names: [String], after others: Int) throws -> CanonicalJSON {
        let all = (0..<others).map { "n\($0)" } + names
        return try CanonicalJSON(parsing: Array(("{" + all.map { "\"\($0)\":1" }.joined(separator: ",") + "}").utf8))
    }

    @Test("Two names that only look the same are two members; the same bytes twice are refused", arguments: [0, 40])
    func namesAreBytes(others: Int) throws {
        #expect(Self.composed == Self.decomposed)
        let value = try parse([Self.composed, Self.decomposed], after: others)
        #expect(try CanonicalJSON(parsing: value.encoded).encoded == value.encoded)
        for name in [Self.composed, Self.decomposed, "n"] {
            #expect(throws: FormatError.notCanonical) { try parse([name, name], after: others) }
        }
    }
}
