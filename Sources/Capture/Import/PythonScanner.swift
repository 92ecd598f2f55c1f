/// Reads statements of Python that are calls with literals.
struct PythonScanner {
    private typealias Value = PythonCall.Value
    private typealias Failure = PythonCode.Failure

    private let code: [Unicode.Scalar]
    private var position = 0
    private var statementStart = 0

    init(_ code: String) { self.code = Array(code.unicodeScalars) }

    private var next: Unicode.Scalar? { position < code.count ? code[position] : nil }

    /// Skips spaces, comments, line ends and semicolons. False at the end.
    mutating func skipToStatement() throws(PythonCode.Failure) -> Bool {
        while let scalar = next {
            if scalar == "#" {
                skipLine()
            } else if scalar == ";" || scalar.properties.isWhitespace {
                position += 1
            } else {
                statementStart = position
                return true
            }
        }
        return false
    }

    private mutating func skipLine() { while let scalar = next, !Self.isLineEnd(scalar) { position += 1 } }

    private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool { scalar == "\n" || scalar == "\r" }

    /// Skips spaces and continued lines; inside brackets, line ends and comments too.
    private mutating func skipSpace(inBrackets: Bool) {
        while let scalar = next {
            if scalar == " " || scalar == "\t" || scalar == "\u{c}" {
                position += 1
            } else if scalar == "\\", position + 1 < code.count, Self.isLineEnd(code[position + 1]) {
                position += 2
            } else if inBrackets, Self.isLineEnd(scalar) {
                position += 1
            } else if inBrackets, scalar == "#" {
                skipLine()
            } else {
                return
            }
        }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace(inBrackets: true)
        guard next == scalar else { return false }
        position += 1
        skipSpace(inBrackets: true)
        return true
    }

    /// Takes the bracket that ends a call. What follows on its line belongs to the statement; the next line does not.
    private mutating func closes() -> Bool {
        skipSpace(inBrackets: true)
        guard next == ")" else { return false }
        position += 1
        return true
    }

    /// The statement's text for a message.
    private func refused(_ why: String) -> PythonCode.Failure {
        var end = statementStart
        while end < code.count, !Self.isLineEnd(code[end]) { end += 1 }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: code[statementStart..<end])
        return PythonCode.Failure(what: "has the statement \(ImportFile.quoted(String(text))), \(why)")
    }

    /// The statement's call; nil for an import or an assignment to a setting of pyautogui.
    mutating func statement() throws(PythonCode.Failure) -> PythonCall? {
        guard let name = identifier() else { throw refused("which is not a call") }
        if name == "import" || name == "from" {
            while let scalar = next, !Self.isLineEnd(scalar), scalar != ";" { position += 1 }
            return nil
        }
        skipSpace(inBrackets: false)
        if next == "(" {
            position += 1
            skipSpace(inBrackets: true)
            let call = try arguments(of: name)
            try endStatement()
            return call
        }
        if next == "=", ["pyautogui.PAUSE", "pyautogui.FAILSAFE"].contains(name) {
            position += 1
            skipSpace(inBrackets: false)
            _ = try value(depth: 0)
            try endStatement()
            return nil
        }
        // OSWorld's WAIT, DONE and FAIL.
        guard ["WAIT", "DONE", "FAIL", "pass"].contains(name) else { throw refused("which is not a call") }
        try endStatement()
        return PythonCall(name: name, positional: [], named: [])
    }

    private mutating func endStatement() throws(PythonCode.Failure) {
        skipSpace(inBrackets: false)
        guard let scalar = next, !Self.isLineEnd(scalar), scalar != ";", scalar != "#" else { return }
        throw refused("which goes on after the call")
    }

    private mutating func arguments(of name: String) throws(PythonCode.Failure) -> PythonCall {
        var positional: [PythonCall.Value] = []
        var named: [(name: String, value: PythonCall.Value)] = []
        while !closes() {
            let mark = position
            if let key = identifier(), take("="), next != "=" {
                guard !named.contains(where: { $0.name == key }) else { throw refused("which names \(key) twice") }
                named.append((key, try value(depth: 0)))
            } else {
                position = mark
                guard named.isEmpty else { throw refused("with a place after a name") }
                positional.append(try value(depth: 0))
            }
            skipSpace(inBrackets: true)
            guard take(",") || next == ")" else { throw refused("which is not a call with literals") }
        }
        return PythonCall(name: name, positional: positional, named: named)
    }

    private mutating func identifier() -> String? {
        let mark = position
        var text = String.UnicodeScalarView()
        while let scalar = next,
            scalar.properties.isAlphabetic || scalar == "_" || scalar == "." || ("0"..."9").contains(scalar)
        {
            text.append(scalar)
            position += 1
        }
        guard let first = text.first, first.properties.isAlphabetic || first == "_" else {
            position = mark
            return nil
        }
        return String(text)
    }

    private mutating func value(depth: Int) throws(PythonCode.Failure) -> PythonCall.Value {
        skipSpace(inBrackets: true)
        guard let scalar = next, depth < 4 else { throw refused("which is not a call with literals") }
        switch scalar {
        case "'", "\"": return .string(try strings())
        case "[", "(":
            position += 1
            var values: [PythonCall.Value] = []
            let end: Unicode.Scalar = scalar == "[" ? "]" : ")"
            while !take(end) {
                values.append(try value(depth: depth + 1))
                guard take(",") || next == end else { throw refused("which is not a call with literals") }
            }
            return .list(values)
        case "-", "+", ".", "0"..."9": return .number(try number())
        default:
            if let prefix = stringPrefix() { return .string(try strings(prefix)) }
            guard let word = identifier() else { throw refused("which is not a call with literals") }
            skipSpace(inBrackets: true)
            guard next != "(" else { throw refused("with a call inside it") }
            guard ["True", "False", "None"].contains(word) || word.contains(".") else {
                throw refused("with the name \(word), whose value is not known")
            }
            return .word(word)
        }
    }

    private mutating func number() throws(PythonCode.Failure) -> Double {
        var text = ""
        while let digit = next, "+-.eE0123456789_".unicodeScalars.contains(digit) {
            // A sign stands at the beginning or after the e.
            if digit == "+" || digit == "-", let last = text.last, last != "e", last != "E" { break }
            if digit != "_" { text.unicodeScalars.append(digit) }
            position += 1
        }
        guard let number = Double(text), number.isFinite else { throw refused("with a wrong number") }
        return number
    }

    // MARK: Strings

    /// The letters before a string's quote; nil when this is no string.
    private func stringPrefix() -> String? {
        var text = ""
        var place = position
        while place < code.count, text.count < 2, "rRbBuUfF".unicodeScalars.contains(code[place]) {
            text.unicodeScalars.append(code[place])
            place += 1
        }
        guard !text.isEmpty, place < code.count, code[place] == "'" || code[place] == "\"" else { return nil }
        return text.lowercased()
    }

    /// A string and those that follow it, which Python joins.
    private mutating func strings(_ first: String = "") throws(PythonCode.Failure) -> String {
        var prefix: String? = first
        var text = String.UnicodeScalarView()
        while let letters = prefix {
            position += letters.unicodeScalars.count
            guard !letters.contains("b") else { throw refused("with bytes in place of text") }
            try string(isRaw: letters.contains("r"), isFormat: letters.contains("f"), into: &text)
            skipSpace(inBrackets: true)
            prefix = next == "'" || next == "\"" ? "" : stringPrefix()
        }
        return String(text)
    }

    private mutating func string(
        isRaw: Bool, isFormat: Bool, into text: inout String.UnicodeScalarView
    ) throws(PythonCode.Failure) {
        guard let quote = next else { throw refused("with a string that does not end") }
        let isTriple = position + 2 < code.count && code[position + 1] == quote && code[position + 2] == quote
        position += isTriple ? 3 : 1
        while let scalar = next {
            if scalar == quote,
                !isTriple || position + 2 < code.count && code[position + 1] == quote && code[position + 2] == quote
            {
                position += isTriple ? 3 : 1
                return
            }
            position += 1
            if isFormat, scalar == "{" || scalar == "}" {
                guard next == scalar else { throw refused("with a value inside its text") }
                position += 1
            }
            if scalar == "\\" {
                try escape(isRaw: isRaw, into: &text)
            } else {
                text.append(scalar)
            }
        }
        throw refused("with a string that does not end")
    }

    private mutating func escape(isRaw: Bool, into text: inout String.UnicodeScalarView) throws(PythonCode.Failure) {
        guard let escaped = next else { throw refused("with a string that does not end") }
        if isRaw {
            position += 1
            text.append("\\")
            text.append(escaped)
            return
        }
        position += 1
        switch escaped {
        case "n": text.append("\n")
        case "t": text.append("\t")
        case "r": text.append("\r")
        case "a": text.append("\u{7}")
        case "b": text.append("\u{8}")
        case "f": text.append("\u{c}")
        case "v": text.append("\u{b}")
        case "\\", "'", "\"": text.append(escaped)
        case "\n": break
        case "\r": if next == "\n" { position += 1 }
        case "x": text.append(try code(digits: 2, radix: 16))
        case "u": text.append(try code(digits: 4, radix: 16))
        case "U": text.append(try code(digits: 8, radix: 16))
        case "0"..."7":
            position -= 1
            text.append(try code(digits: 3, radix: 8))
        case "N": throw refused("with a character by its name")
        default:
            // Python keeps the backslash of an escape that it does not know.
            text.append("\\")
            text.append(escaped)
        }
    }

    /// A character by its number: exactly so many hexadecimal digits, or up to so many octal ones.
    private mutating func code(digits: Int, radix: Int) throws(PythonCode.Failure) -> Unicode.Scalar {
        var text = ""
        while let digit = next, text.count < digits, Int(String(Character(digit)), radix: radix) != nil {
            text.unicodeScalars.append(digit)
            position += 1
        }
        guard radix == 8 || text.count == digits, let value = UInt32(text, radix: radix) else {
            throw refused("with an escape that is cut")
        }
        // Python writes a character beyond U+FFFF as two halves, too.
        if (0xd800..<0xdc00).contains(value), next == "\\", position + 1 < code.count, code[position + 1] == "u" {
            position += 2
            var rest = ""
            while let digit = next, rest.count < 4, digit.properties.isASCIIHexDigit {
                rest.unicodeScalars.append(digit)
                position += 1
            }
            if let low = UInt32(rest, radix: 16), (0xdc00..<0xe000).contains(low),
                let whole = Unicode.Scalar(0x10000 + (value - 0xd800) << 10 + low - 0xdc00)
            {
                return whole
            }
        }
        guard let scalar = Unicode.Scalar(value) else { throw refused("with an escape that is no character") }
        return scalar
    }
}
