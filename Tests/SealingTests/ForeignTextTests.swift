import Testing

@testable import Sealing

@Suite("Text from elsewhere")
struct ForeignTextTests {
    @Test(
        "What controls a terminal, hides, breaks or reorders is written out",
        arguments: [
            ("a\nsigned by  Works Council", "a\\nsigned by  Works Council"), ("a\r\nb", "a\\r\\nb"), ("a\tb", "a\\tb"),
            ("\u{1b}[31m", "\\u{1b}[31m"), ("\u{0}", "\\u{0}"), ("\u{7f}", "\\u{7f}"), ("\u{9b}2J", "\\u{9b}2J"),
            ("\u{85}", "\\u{85}"), ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"),
            ("a\u{202e}b\u{202c}", "a\\u{202e}b\\u{202c}"),
            ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"), ("\u{200f}\u{200e}\u{61c}", "\\u{200f}\\u{200e}\\u{61c}"),
            ("\u{200b}\u{feff}", "\\u{200b}\\u{feff}"), ("\u{e0041}", "\\u{e0041}"),
        ])
    func isWrittenOut(text: String, shown: String) {
        #expect(text.shown == shown)
        #expect(text.shown.shown == shown)
    }

    @Test(
        "What is read as it is stays",
        arguments: ["plain", "C:\\Users", "Café, 日本語, שלום, नमस्ते", "👩‍👩‍👧‍👦", "می‌خواهم", "a\u{301}", ""])
    func stays(text: String) {
        #expect(text.shown == text)
        #expect(ForeignText.lines(text) == text)
    }

    @Test("A message keeps its lines and tabs, and nothing else of this kind")
    func aMessageKeepsItsLines() {
        #expect(ForeignText.lines("a\n\tb\u{1b}[2J\r\u{202e}") == "a\n\tb\\u{1b}[2J\\r\\u{202e}")
    }

    @Test("No character is left that is hidden, whichever it is")
    func noneIsLeft() {
        for value in UInt32(0)...0x10ffff {
            guard let scalar = Unicode.Scalar(value), ForeignText.isHidden(scalar) else { continue }
            if !String(scalar).shown.unicodeScalars.allSatisfy({ $0.isASCII && $0.value >= 0x20 }) {
                Issue.record("U+\(String(value, radix: 16)) is left")
            }
        }
        #expect((0..<0x20).allSatisfy { ForeignText.isHidden(Unicode.Scalar($0)) })
        #expect((0x7f...0x9f).allSatisfy { ForeignText.isHidden(Unicode.Scalar($0)) })
    }
}
