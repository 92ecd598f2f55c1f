import CofferTestKit
import Sealing
import Testing

@testable import Records

@Suite("Taking secrets out of records")
struct SecretRemovalTests {
    private static let card = "4111 1111 1111 1111"
    private let removal = SecretRemoval(SecretFilter())

    /// Presses and releases of these characters, and of the keys that stand in brackets.
    private static func typed(_ text: String) throws -> [Record] {
        var records: [Record] = []
        var rest = text[...]
        while let character = rest.popFirst() {
            var key = String(character)
            if character == "<", let end = rest.firstIndex(of: ">") {
                key = String(rest[..<end])
                rest = rest[rest.index(after: end)...]
            }
            for isPress in [true, false] {
                let content = KeyContent(isPress: isPress, key: key, origin: .device)
                records.append(
                    RecordContent.keys(content).record(at: 1000 + Milliseconds(rawValue: UInt64(records.count)) * 10))
            }
        }
        return records
    }

    /// The records as text: the characters and names that were pressed, and the forms of secrets.
    private static func read(_ records: [Record]) throws -> String {
        try records.map { record in
            switch try RecordContent(record, kind: .keys) {
            case .keys(let key): key.isPress ? (key.key.count == 1 ? key.key : "<\(key.key)>") : ""
            case .removed(let removed): "{\(removed.shape.rawValue)}"
            default: "?"
            }
        }.joined()
    }

    @Test(
        "What was typed as a secret becomes one record, and all else stays",
        arguments: [
            ("pay 4111 1111 1111 1111 now", "pay {card number} now"),
            ("4111<BackSpace>1 1111 1111 1111", "{card number}"),
            // Corrected on the way, and erased in the end.
            ("41121<BackSpace><BackSpace>1 1111 1111 1111.", "{card number}."),
            (
                "41112<BackSpace>111111111111<BackSpace><BackSpace><BackSpace>x",
                "{card number}<BackSpace><BackSpace><BackSpace>x"
            ),
            ("4111111111111111<BackSpace><BackSpace>x", "{card number}<BackSpace><BackSpace>x"),
            ("<KP_4>111111111111111<Return>", "{card number}<Return>"),
            ("a<Shift_L>DE89370400440532013000", "a<Shift_L>DE89370400440532013000"),
            ("<Shift_L>DE89370400440532013000 ", "<Shift_L>{IBAN} "),
            // The cursor went elsewhere in between: these digits do not stand side by side.
            ("41111111<Left>11111111", "41111111<Left>11111111"),
            ("4111111111111112", "4111111111111112"),
        ])
    func typedSecrets(text: String, left: String) throws {
        #expect(try Self.read(removal.cleaned(try Self.typed(text), kind: .keys)) == left)
    }

    @Test("No release of a key stays whose press was taken, and none goes whose press stays")
    func releases() throws {
        func key(_ name: String, _ isPress: Bool) -> Record {
            RecordContent.keys(KeyContent(isPress: isPress, key: name, origin: .device)).record(at: 1000)
        }
        var records = [key("-", true), key("Shift_L", true)]
        for digit in "4111111111111111" { records += [key(String(digit), true), key(String(digit), false)] }
        let last = records.removeLast()
        // Released within and after the secret.
        records.insert(key("-", false), at: 8)
        records += [key(".", true), last, key("Shift_L", false), key(".", false)]
        let cleaned = try removal.cleaned(records, kind: .keys).map { record -> String in
            guard case .keys(let key) = try RecordContent(record, kind: .keys) else { return "secret" }
            return (key.isPress ? "+" : "-") + key.key
        }
        #expect(cleaned == ["+-", "+Shift_L", "secret", "--", "+.", "-Shift_L", "-."])
    }

    @Test("A command's key writes nothing: Ctrl with digits is no card number")
    func commands() throws {
        var records = try Self.typed("<Control_L>")
        let release = records.removeLast()
        records += try Self.typed("4111111111111111") + [release]
        #expect(removal.cleaned(records, kind: .keys) == records)
    }

    @Test("A recording keeps its begin and its end when their keys are taken")
    func edges() throws {
        var records = try Self.typed("4111111111111111")
        for (place, record) in records.enumerated() {
            let edge: RecordingMark.Edge? = place == 0 ? .begin : place == records.count - 1 ? .end : nil
            let content = try RecordContent(record, kind: .keys)
            records[place] = content.record(at: record.time, mark: RecordingMark(id: "0123456789abcdef", edge: edge))
        }
        let cleaned = removal.cleaned(records, kind: .keys)
        #expect(cleaned.count == 1)
        #expect(
            try RecordContent.parse(cleaned[0], kind: .keys).mark == RecordingMark(id: "0123456789abcdef", edge: .both))
    }

    @Test("In prompts and titles a mark stands in a secret's place")
    func texts() throws {
        let prompt = RecordContent.prompt(PromptContent(role: .user, text: "my card is \(Self.card)?")).record(at: 5)
        let title = RecordContent.window(WindowContent(title: "pay \(Self.card)")).record(at: 6)
        guard case .prompt(let cleaned) = try RecordContent(removal.cleaned(prompt, kind: .prompt), kind: .prompt),
            case .window(let window) = try RecordContent(removal.cleaned(title, kind: .window), kind: .window)
        else { throw OtherContent() }
        #expect(cleaned.text == "my card is ⟦removed: card number⟧?")
        #expect(window.title == "pay ⟦removed: card number⟧")
    }

    @Test("A step's JSON stays JSON, with secrets in strings, names and numbers taken")
    func steps() throws {
        let json = #"{"a":"card \#(Self.card)","b":4111111111111111,"c":[1.50,"ok"]}"#
        let record = RecordContent.step(StepContent(.prompt, .step(3, json: json))).record(at: 5)
        guard case .step(let step) = try RecordContent(removal.cleaned(record, kind: .prompt), kind: .prompt) else {
            throw OtherContent()
        }
        let left = #"{"a":"card ⟦removed: card number⟧","b":"⟦removed: card number⟧","c":[1.50,"ok"]}"#
        #expect(step.part == .step(3, json: left))
        for kind in [Kind.keys, .pointer] {
            let code = RecordContent.step(StepContent(kind, .code(step: 3, "write('\(Self.card)')"))).record(at: 5)
            for cleaned in [removal.cleaned([code], kind: kind)[0], removal.cleaned(code, kind: kind)] {
                guard case .step(let typed) = try RecordContent(cleaned, kind: kind) else { throw OtherContent() }
                #expect(typed.part == .code(step: 3, "write('⟦removed: card number⟧')"), "\(kind)")
            }
        }
    }

    private static func terminal(_ parts: [(isOutput: Bool, text: String)]) -> [Record] {
        parts.enumerated().map { place, part in
            RecordContent.terminal(TerminalContent(isOutput: part.isOutput, text: part.text)).record(
                at: Milliseconds(rawValue: UInt64(place)))
        }
    }

    private func texts(_ records: [Record]) throws -> [String] {
        try removal.cleaned(records, kind: .terminal).map { record in
            guard case .terminal(let terminal) = try RecordContent(record, kind: .terminal) else { return "?" }
            return (terminal.isOutput ? ">" : "<") + terminal.text
        }
    }

    @Test("A secret that a terminal wrote in parts and colours is taken whole")
    func terminalParts() throws {
        let parts = Self.terminal([
            (true, "$ echo 4111 11"), (false, "x"), (true, "\u{1b}[1m11 \u{1b}[0m"), (true, "1111 1111 ok\r\n"),
            (true, "done"),
        ])
        #expect(try texts(parts) == [">$ echo ⟦removed: card number⟧", "<x", "> ok\r\n", ">done"])
    }

    @Test("A secret that was typed into a terminal key by key is taken, also one that was corrected or erased")
    func terminalInput() throws {
        let typed = "4111111111111111".map { (isOutput: false, text: String($0)) }
        #expect(try texts(Self.terminal(typed + [(false, "\r")])) == ["<⟦removed: card number⟧", "<\r"])
        let erased = typed + [(false, "\u{7f}"), (false, "\u{7f}"), (false, "\r")]
        #expect(try texts(Self.terminal(erased)) == ["<⟦removed: card number⟧", "<\u{7f}", "<\u{7f}", "<\r"])
        let corrected = Self.terminal([(false, "411x"), (false, "\u{7f}"), (false, "1111111111111 z")])
        #expect(try texts(corrected) == ["<⟦removed: card number⟧", "< z"])
        let moved = Self.terminal([(false, "41111111"), (false, "\u{1b}[D"), (false, "11111111")])
        #expect(try texts(moved) == ["<41111111", "<\u{1b}[D", "<11111111"])
    }

    @Test("Marks never make a segment larger than it may be")
    func size() throws {
        let numbers = String(repeating: "4222222222222 ", count: 59_000)
        let records = (0..<10).map { i in
            RecordContent.prompt(PromptContent(role: .user, text: numbers)).record(at: Milliseconds(rawValue: i))
        }
        #expect(records.reduce(0) { $0 + $1.encodedCount } <= SegmentSpan.maximumRecordBytes)
        let cleaned = removal.cleaned(records, kind: .prompt)
        #expect(cleaned.count == records.count)
        #expect(cleaned.reduce(0) { $0 + $1.encodedCount } <= SegmentSpan.maximumRecordBytes)
        #expect(!cleaned.contains { String(decoding: $0.json, as: UTF8.self).contains("4222") })
    }

    @Test("A filter that looks for nothing changes nothing")
    func nothing() throws {
        let records = try Self.typed("4111111111111111")
        #expect(SecretRemoval(SecretFilter(findsKnownShapes: false)).cleaned(records, kind: .keys) == records)
    }
}

private struct OtherContent: Error {}
