import Records
import Sealing

/// Turns the key records of one app into steps: runs of text, key presses, hotkeys.
struct KeyStepBuilder: Sendable {
    /// The press of a modifier, or of a key that begins a sequence, which does not belong to a step yet.
    struct Pending: Sendable {
        let record: TimedRecord
        /// Nil for a key of a sequence.
        let modifier: String?
        let content: KeyContent
        /// The screen at that time.
        let context: ScreenContext

        var event: SampleJSON? { SampleJSON(event: .keys(content)) }
    }

    private(set) var pending: [Pending] = []
    /// Modifiers that are down, in the order they went down.
    private var held: [String] = []
    private var lastKey: Milliseconds = 0

    /// After this pause no modifier counts as held: its release may have gone to another app's window.
    private static let forgetHeld: Milliseconds = 5000

    mutating func take(
        _ key: KeyContent, _ record: TimedRecord, current: StepGrouping?, context: ScreenContext
    ) -> RecordRole {
        let time = record.record.time
        if time > lastKey + Self.forgetHeld { held = [] }
        pending.removeAll { $0.record.source != record.source || time > lastKey + Self.forgetHeld }
        lastKey = time
        if let modifier = KeyName.modifier(key.key) {
            if key.isPress {
                if !held.contains(modifier) { held.append(modifier) }
                pending.append(Pending(record: record, modifier: modifier, content: key, context: context))
                return .none
            }
            return letGo(modifier, record, current)
        }
        if key.text == "" {
            pending.append(Pending(record: record, modifier: nil, content: key, context: context))
            return .none
        }
        if key.isPress { return press(key, record, current) }
        // The release of a key of a sequence goes with what the sequence writes.
        if pending.contains(where: { $0.modifier == nil && $0.content.isPress && $0.content.key == key.key }) {
            pending.append(Pending(record: record, modifier: nil, content: key, context: context))
            return .none
        }
        return released(record, current)
    }

    /// Forgets presses of modifiers that no step follows any more.
    mutating func forget(before now: Milliseconds) {
        pending.removeAll { _ in now > lastKey + Self.forgetHeld }
    }

    /// Takes the pending modifiers for a step.
    mutating func takePending() -> [Pending] {
        defer { pending = [] }
        return pending
    }

    /// A release belongs to the open step of its segment, however late it comes.
    private func released(_ record: TimedRecord, _ current: StepGrouping?) -> RecordRole {
        guard let current, current.isOpen(to: record, gap: .max) else { return .none }
        return .joins(current.shape)
    }

    /// A tap of only Alt or only the Windows key is its own step.
    private mutating func letGo(_ modifier: String, _ record: TimedRecord, _ current: StepGrouping?) -> RecordRole {
        held.removeAll { $0 == modifier }
        guard pending.last?.modifier == modifier else { return released(record, current) }
        if modifier == "win" || modifier == "alt" { return .begins(.press(modifier, times: 1)) }
        pending.removeLast()
        return .none
    }

    private func press(_ key: KeyContent, _ record: TimedRecord, _ current: StepGrouping?) -> RecordRole {
        let character = key.text ?? KeyName.character(key.key)
        let name = KeyName.name(key.key)
        // Shift only changes which character a key writes; with a key that writes none it is part of the hotkey.
        if held.contains(where: { !KeyName.choosesCharacter($0) }) || (character == nil && !held.isEmpty) {
            return .begins(.hotkey(held + [name]))
        }
        let open = current.flatMap { $0.isOpen(to: record, gap: StepGrouping.Gap.keys) ? $0.shape : nil }
        switch (open, character) {
        case (.write(let text), let character?) where text.count < StepGrouping.maximumWrite:
            return .joins(.write(text + character))
        case (_, let character?): return .begins(.write(character))
        case (.press(name, let times), nil): return .joins(.press(name, times: times + 1))
        case (_, nil): return .begins(.press(name, times: 1))
        }
    }
}
