/// Text that came from elsewhere, as a terminal, the report and the log may show it.
///
/// A title, a purpose, a signer's name or a server's sentence can hold characters that move the cursor, reorder what is
/// read or begin a line of their own, and so forge what a command says. Each is written as its number in braces, so
/// that a person sees that it is there. What stays can be read only as what it is.
package enum ForeignText {
    /// The text as a part of one line: line breaks are written out too.
    package static func line(_ text: some StringProtocol) -> String { escaped(text, keeping: []) }

    /// The text of a message of several lines: its line breaks and tabs stay.
    package static func lines(_ text: some StringProtocol) -> String { escaped(text, keeping: ["\n", "\t"]) }

    /// Whether the character controls a terminal, hides, breaks a line or changes the direction of text. The joiners
    /// of emoji and of Indic and Arabic scripts stay: they belong to what is read.
    package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
        default: false
        }
    }

    private static func escaped(_ text: some StringProtocol, keeping kept: Set<Unicode.Scalar>) -> String {
        if text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) { return String(text) }
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isHidden(scalar), !kept.contains(scalar) {
                out.append(contentsOf: escape(scalar).unicodeScalars)
            } else {
                out.append(scalar)
            }
        }
        return String(out)
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: "\\u{" + String(scalar.value, radix: 16) + "}"
        }
    }
}

extension StringProtocol {
    /// The text as a person may see it in one line (`ForeignText`).
    package var shown: String { ForeignText.line(self) }
}
