/// Writes any text as a string of canonical JSON, which allows no control character except the newline.
///
/// Terminal output is full of control characters, so each is written as its picture: U+0000…U+001F as U+2400…U+241F;
/// only the newline stays. The picture of DLE, U+2410, is the escape mark: `␐0` is DLE itself, and a picture that was
/// in the original text has the mark before it. So decoding gives the original text, and a shown record cannot control
/// the terminal.
package enum RecordText {
    private static let pictures: ClosedRange<UInt32> = 0x2400...0x241f
    private static let mark: Unicode.Scalar = "\u{2410}"

    package static func encode(_ text: String) -> String {
        // 0xe2 begins every picture in UTF-8.
        guard text.utf8.contains(where: { $0 < 0x20 && $0 != 10 || $0 == 0xe2 }) else { return text }
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                out.append(mark(orPictureOf: scalar))
                if scalar.value == 0x10 { out.append("0") }
            } else {
                if pictures.contains(scalar.value) { out.append(mark) }
                out.append(scalar)
            }
        }
        return String(out)
    }

    /// The text that `encode` was given. A mark before any other character is kept.
    package static func decode(_ text: String) -> String {
        guard text.utf8.contains(0xe2) else { return text }
        var out = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            if scalar == mark {
                if rest.first == "0" {
                    rest.removeFirst()
                    out.append("\u{10}")
                } else if let next = rest.first, pictures.contains(next.value) {
                    rest.removeFirst()
                    out.append(next)
                } else {
                    out.append(scalar)
                }
            } else if pictures.contains(scalar.value), let control = Unicode.Scalar(scalar.value - 0x2400) {
                out.append(control)
            } else {
                out.append(scalar)
            }
        }
        return String(out)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 && scalar != "\n" }

    private static func mark(orPictureOf control: Unicode.Scalar) -> Unicode.Scalar {
        Unicode.Scalar(control.value + 0x2400) ?? mark
    }
}
