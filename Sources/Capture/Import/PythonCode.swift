/// The code of a recorded step: calls, one after the other, as AgentNet and OSWorld write them.
///
/// Reads only calls and assignments with literals: numbers, strings, True, False, None, names such as
/// `pyautogui.RIGHT`, and lists of these. Imports and comments are no actions. It never evaluates code.
struct PythonCode: Equatable {
    /// Why code cannot be read: a sentence's end, such as `has the statement “x = 1”`.
    struct Failure: Error, Equatable {
        let what: String
    }

    let calls: [PythonCall]

    init(_ code: String) throws(Failure) {
        var scanner = PythonScanner(code)
        var calls: [PythonCall] = []
        while try scanner.skipToStatement() {
            if let call = try scanner.statement() { calls.append(call) }
        }
        self.calls = calls
    }
}

/// One call: `pyautogui.click(x=0.5, y=0.25)`. A word alone, such as `WAIT`, is a call without arguments.
struct PythonCall: Equatable {
    indirect enum Value: Equatable {
        case number(Double)
        case string(String)
        /// True, False, None, or a dotted name.
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
        var isNone: Bool { self == .word("None") }
    }

    /// `pyautogui.click`
    let name: String
    let positional: [Value]
    let named: [(name: String, value: Value)]

    static func == (a: PythonCall, b: PythonCall) -> Bool {
        a.name == b.name && a.positional == b.positional && a.named.map(\.name) == b.named.map(\.name)
            && a.named.map(\.value) == b.named.map(\.value)
    }
}
