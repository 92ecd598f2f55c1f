/// One call of a recorded action, as AgentNet writes it: `pyautogui.click(x=0.5, y=0.25)`.
///
/// Reads only literals: numbers, strings, True, False, None, and lists of these. It never evaluates code.
struct PythonCall: Equatable {
    indirect enum Value: Equatable {
        case number(Double)
        case string(String)
        case word(String)
        case list([Value])

        var number: Double? { if case .number(let value) = self { value } else { nil } }
        var string: String? { if case .string(let value) = self { value } else { nil } }
        /// A list's strings, or the one string.
        var strings: [String]? {
            switch self {
            case .string(let value): [value]
            case .list(let values):
                values.allSatisfy { $0.string != nil } ? values.compactMap(\.string) : nil
            default: nil
            }
        }
    }

    /// `pyautogui.click`
    let name: String
    let positional: [Value]
    let named: [String: Value]

    /// The argument with this name, else the one at this place.
    func argument(_ name: String, at place: Int) -> Value? {
        named[name] ?? (positional.indices.contains(place) ? positional[place] : nil)
    }

    /// Parses a line; nil when it is not such a call.
    init?(_ line: some StringProtocol) {
        var scanner = Scanner(rest: line.unicodeScalars.map { $0 })
        scanner.skipSpace()
        guard let name = scanner.identifier(), scanner.take("(") else { return nil }
        var positional: [Value] = []
        var named: [String: Value] = [:]
        scanner.skipSpace()
        while !scanner.take(")") {
            let mark = scanner.position
            if let key = scanner.identifier(), scanner.take("=") {
                guard let value = scanner.value(depth: 0), named.updateValue(value, forKey: key) == nil else {
                    return nil
                }
            } else {
                scanner.position = mark
                guard let value = scanner.value(depth: 0) else { return nil }
                positional.append(value)
            }
            guard scanner.take(",") || scanner.next == ")" else { return nil }
            scanner.skipSpace()
        }
        guard scanner.next == nil else { return nil }
        self.name = name
        self.positional = positional
        self.named = named
    }
}

private struct Scanner {
    let rest: [Unicode.Scalar]
    var position = 0

    init(rest: [Unicode.Scalar]) { self.rest = rest }

    var next: Unicode.Scalar? { position < rest.count ? rest[position] : nil }

    mutating func skipSpace() { while next == " " || next == "\t" || next == "\r" { position += 1 } }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == scalar else { return false }
        position += 1
        skipSpace()
        return true
    }

    mutating func identifier() -> String? {
        var text = ""
        while let scalar = next,
            scalar.properties.isAlphabetic || scalar == "_" || scalar == "." || ("0"..."9").contains(scalar)
        {
            text.unicodeScalars.append(scalar)
            position += 1
        }
        guard let first = text.unicodeScalars.first, first.properties.isAlphabetic || first == "_" else { return nil }
        return text
    }

    mutating func value(depth: Int) -> PythonCall.Value? {
        skipSpace()
        guard let scalar = next, depth < 4 else { return nil }
        switch scalar {
        case "'", "\"": return string(quote: scalar).map { .string($0) }
        case "[", "(":
            position += 1
            var values: [PythonCall.Value] = []
            let end: Unicode.Scalar = scalar == "[" ? "]" : ")"
            skipSpace()
            while !take(end) {
                guard let value = value(depth: depth + 1), take(",") || next == end else { return nil }
                values.append(value)
            }
            return .list(values)
        case "-", "+", ".", "0"..."9":
            var text = ""
            while let digit = next, "+-.eE0123456789".unicodeScalars.contains(digit) {
                text.unicodeScalars.append(digit)
                position += 1
            }
            guard let number = Double(text), number.isFinite else { return nil }
            return .number(number)
        default:
            guard let word = identifier(), ["True", "False", "None"].contains(word) else { return nil }
            return .word(word)
        }
    }

    private mutating func string(quote: Unicode.Scalar) -> String? {
        position += 1
        var text = String.UnicodeScalarView()
        while let scalar = next {
            position += 1
            if scalar == quote { return String(text) }
            guard scalar == "\\" else {
                text.append(scalar)
                continue
            }
            guard let escaped = next else { return nil }
            position += 1
            switch escaped {
            case "n": text.append("\n")
            case "t": text.append("\t")
            case "r": text.append("\r")
            case "\\", "'", "\"": text.append(escaped)
            default:
                text.append("\\")
                text.append(escaped)
            }
        }
        return nil
    }
}
