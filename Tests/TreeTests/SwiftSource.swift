/// A Swift file, cut into the words of its code, its string literals and its comments.
struct SwiftSource: Sendable {
    enum Kind: UInt8, Sendable {
        case code
        case string
        case comment
    }

    struct Word: Sendable {
        let text: String
        let line: Int
        let kind: Kind
        /// The place of the first byte in the file.
        let start: Int
    }

    let path: String
    let bytes: [UInt8]
    /// What each byte belongs to.
    let kinds: [Kind]
    let words: [Word]

    init(_ file: Tree.File) {
        path = file.path
        bytes = file.bytes
        kinds = Self.kinds(of: bytes)
        words = Self.words(of: bytes, kinds)
    }

    /// The comments, line by line.
    var comments: [Line] {
        var lines: [Line] = []
        var number = 1
        var begin: Int?
        for i in 0...bytes.count {
            let isComment = i < bytes.count && kinds[i] == .comment && bytes[i] != UInt8(ascii: "\n")
            if isComment, begin == nil { begin = i }
            if !isComment, let start = begin {
                lines.append(Line(number: number, text: String(decoding: bytes[start..<i], as: UTF8.self)))
                begin = nil
            }
            if i < bytes.count, bytes[i] == UInt8(ascii: "\n") { number += 1 }
        }
        return lines
    }

    private static func words(of bytes: [UInt8], _ kinds: [Kind]) -> [Word] {
        var words: [Word] = []
        var line = 1
        var begin = -1
        for i in 0..<bytes.count {
            let byte = bytes[i]
            if isWord(byte) {
                if begin < 0 { begin = i }
                continue
            }
            if begin >= 0 {
                let text = String(decoding: bytes[begin..<i], as: UTF8.self)
                words.append(Word(text: text, line: line, kind: kinds[begin], start: begin))
                begin = -1
            }
            if byte == 0x0A { line += 1 }
        }
        return words
    }

    static func isWord(_ byte: UInt8) -> Bool {
        (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x30 && byte <= 0x39)
            || byte == 0x5F
    }
}

/// One line of a file, or the comment in it.
struct Line: Sendable {
    let number: Int
    let text: String

    static func all(of text: String) -> [Line] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
            Line(number: $0.offset + 1, text: String($0.element))
        }
    }
}
