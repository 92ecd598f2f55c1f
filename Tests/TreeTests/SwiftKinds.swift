extension SwiftSource {
    /// What is open at a place: a string literal, or the code of an interpolation in one.
    private enum Open {
        case string(hashes: Int, isMultiline: Bool)
        case interpolation(parentheses: Int)
    }

    private static let quote = UInt8(ascii: "\"")
    private static let hash = UInt8(ascii: "#")
    private static let slash = UInt8(ascii: "/")
    private static let newline = UInt8(ascii: "\n")

    /// Tells code, string literals and comments apart, with raw and multiline strings and with interpolations.
    static func kinds(of bytes: [UInt8]) -> [Kind] {
        var kinds = [Kind](repeating: .code, count: bytes.count)
        var open: [Open] = []
        var i = 0
        while i < bytes.count {
            let begin = i
            var kind = Kind.code
            if case .string(let hashes, let isMultiline) = open.last {
                kind = .string
                i = inString(bytes, at: i, hashes, isMultiline, &open)
            } else {
                let byte = bytes[i]
                i += 1
                if byte == slash, i < bytes.count, bytes[i] == slash {
                    kind = .comment
                    while i < bytes.count, bytes[i] != newline { i += 1 }
                } else if byte == quote || byte == hash, let string = beginOfString(bytes, at: begin) {
                    kind = .string
                    i = string.after
                    open.append(.string(hashes: string.hashes, isMultiline: string.isMultiline))
                } else if case .interpolation(let count) = open.last {
                    if byte == UInt8(ascii: "(") { open[open.count - 1] = .interpolation(parentheses: count + 1) }
                    if byte == UInt8(ascii: ")") {
                        open[open.count - 1] = .interpolation(parentheses: count - 1)
                        // The last one belongs to the literal, as the first one does.
                        if count == 1 {
                            open.removeLast()
                            kind = .string
                        }
                    }
                }
            }
            if kind != .code { for place in begin..<min(i, bytes.count) { kinds[place] = kind } }
        }
        return kinds
    }

    /// The place after one element of a string literal: its end, an escape, the checkpoint of an interpolation, or one
    /// byte.
    private static func inString(
        _ bytes: [UInt8], at place: Int, _ hashes: Int, _ isMultiline: Bool, _ open: inout [Open]
    ) -> Int {
        let byte = bytes[place]
        if byte == quote, ends(bytes, at: place, hashes, isMultiline) {
            open.removeLast()
            return place + (isMultiline ? 3 : 1) + hashes
        }
        guard byte == UInt8(ascii: "\\") else { return place + 1 }
        let after = place + 1 + hashes
        for i in place + 1..<after where i >= bytes.count || bytes[i] != hash { return place + 1 }
        if after < bytes.count, bytes[after] == UInt8(ascii: "(") {
            open.append(.interpolation(parentheses: 1))
        }
        return after + 1
    }

    private static func ends(_ bytes: [UInt8], at place: Int, _ hashes: Int, _ isMultiline: Bool) -> Bool {
        let quotes = isMultiline ? 3 : 1
        guard place + quotes + hashes <= bytes.count else { return false }
        for i in 0..<quotes where bytes[place + i] != quote { return false }
        for i in 0..<hashes where bytes[place + quotes + i] != hash { return false }
        return true
    }

    private static func beginOfString(
        _ bytes: [UInt8], at place: Int
    ) -> (after: Int, hashes: Int, isMultiline: Bool)? {
        var i = place
        while i < bytes.count, bytes[i] == hash { i += 1 }
        guard i < bytes.count, bytes[i] == quote else { return nil }
        let hashes = i - place
        let isMultiline = i + 2 < bytes.count && bytes[i + 1] == quote && bytes[i + 2] == quote
        return (i + (isMultiline ? 3 : 1), hashes, isMultiline)
    }
}
