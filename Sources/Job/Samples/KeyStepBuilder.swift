import Records
import Sealing

/// Turns the key records of one app into steps: runs of text, presses of a key, hotkeys.
struct KeyStepBuilder: Sendable {
    /// The press of a modifier that no step has taken yet.
    struct Pending: Sendable {
        let record: TimedRecord
        let modifier: String
        let content: KeyContent
        /// The screen as it was then.
        let context: ScreenContext

        var event: SampleJSON? { SampleJSON(event: .keys(content)) }
    }

    private(set) var pending: [Pending] = []
    /// Modifiers that are down, in the order they went down.
    private var held: [String] = []
    private var lastKey: Milliseconds = 0

    /// A release may have gone to another app's window: after this pause nothing is held.
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
        return key.isPress ? press(key.key, record, current) : released(record, current)
    }

    /// What is pending now belongs to a step.
    mutating func takePending() -> [Pending] {
        defer { pending = [] }
        return pending
    }

    /// A release belongs to the step that is open in its segment, whenever it comes.
    private func released(_ record: TimedRecord, _ current: StepGrouping?) -> RecordRole {
        guard let current, current.isOpen(to: record, gap: .max) else { return .none }
        return .joins(current.shape)
    }

    /// A tap of Alt or of the Windows key alone is a step of its own.
    private mutating func letGo(_ modifier: String, _ record: TimedRecord, _ current: StepGrouping?) -> RecordRole {
        held.removeAll { $0 == modifier }
        guard pending.last?.modifier == modifier else { return released(record, current) }
        if modifier == "win" || modifier == "alt" { return .begins(.press(modifier, times: 1)) }
        pending.removeLast()
        return .none
    }

    private func press(_ key: String, _ record: TimedRecord, _ current: StepGrouping?) -> RecordRole {
        let character = KeyName.character(key)
        let name = KeyName.name(key)
        // Shift alone changes which character a key writes; with a key that writes none it is part of the chord.
        if held.contains(where: { $0 != "shift" }) || (character == nil && !held.isEmpty) {
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
