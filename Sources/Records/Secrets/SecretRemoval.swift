package import Sealing

/// Takes secrets out of records before they are sealed. Nothing of a secret is kept but its form, so that it can be
/// counted.
package struct SecretRemoval: Sendable {
    private let filter: SecretFilter
    /// Whether a mark stands in a text in a secret's place.
    private var isMarking = true

    package init(_ filter: SecretFilter) { self.filter = filter }

    /// A record without the secrets that stand in its own text. What is typed key by key needs the whole segment.
    package func cleaned(_ record: Record, kind: Kind) -> Record {
        // A key by itself is no secret, nor is a place of the pointer; a step's code is a text.
        guard !filter.findsNothing, kind != .screen,
            ![.keys, .pointer].contains(kind) || StepContent.isStep(record.json, kind: kind),
            let (content, mark) = try? RecordContent.parse(record, kind: kind), let changed = cleaned(content)
        else { return record }
        return changed.record(at: record.time, mark: mark)
    }

    /// The records of a segment without secrets: those in their texts, those typed key by key, and those that a terminal
    /// received or wrote in parts.
    package func cleaned(_ records: [Record], kind: Kind) -> [Record] {
        guard !filter.findsNothing else { return records }
        let marked = replaced(records, kind: kind)
        // A mark may be longer than a short secret, and all of a segment must still fit into one.
        guard Self.count(marked) > SegmentSpan.maximumRecordBytes else {
            return marked
        }
        var removal = self
        removal.isMarking = false
        return removal.replaced(records, kind: kind)
    }

    private static func count(_ records: [Record]) -> Int { records.reduce(0) { $0 + $1.encodedCount } }

    private func replaced(_ records: [Record], kind: Kind) -> [Record] {
        switch kind {
        case .screen: return records
        case .pointer, .window, .prompt: return records.map { cleaned($0, kind: kind) }
        case .keys: return TypedSecrets(filter).cleaned(records.map { cleaned($0, kind: kind) })
        case .terminal: return TerminalSecrets(filter, isMarking: isMarking).cleaned(records)
        }
    }

    /// Nil where there is no secret.
    private func cleaned(_ content: RecordContent) -> RecordContent? {
        switch content {
        case .window(var window):
            guard let title = removed(from: window.title) else { return nil }
            window.title = title
            return .window(window)
        case .prompt(var prompt):
            guard let text = removed(from: prompt.text) else { return nil }
            prompt.text = text
            return .prompt(prompt)
        case .terminal(var terminal):
            guard let text = removed(from: terminal.text) else { return nil }
            terminal.text = text
            return .terminal(terminal)
        case .step(var step):
            guard let part = cleaned(step.part) else { return nil }
            step.part = part
            return .step(step)
        case .keys, .pointer, .screen, .removed: return nil
        }
    }

    private func cleaned(_ part: StepContent.Part) -> StepContent.Part? {
        switch part {
        case .code(_, nil): nil
        case .code(let step, let code?): removed(from: code).map { .code(step: step, $0) }
        case .step(let step, let json): cleaned(json: json).map { .step(step, json: $0) }
        case .task(let json): cleaned(json: json).map { .task(json: $0) }
        }
    }

    private func removed(from text: String) -> String? { filter.removed(from: text, isMarking: isMarking) }

    /// JSON stays JSON: a string is changed inside, and a number that is a secret becomes a string.
    private func cleaned(json: String) -> String? {
        guard let value = try? ForeignJSON(parsing: json.utf8) else { return removed(from: json) }
        let changed = cleaned(value)
        return changed == value ? nil : changed.text
    }

    private func cleaned(_ value: ForeignJSON) -> ForeignJSON {
        switch value {
        case .null, .boolean: value
        case .number(let number): removed(from: number.text).map { .string($0) } ?? value
        case .string(let text): removed(from: text).map { .string($0) } ?? value
        case .halved(let half): removed(from: half.text).map { .string($0) } ?? value
        case .array(let values): .array(values.map(cleaned))
        case .object(let members):
            .object(members.map { ForeignJSON.Member(removed(from: $0.name) ?? $0.name, cleaned($0.value)) })
        }
    }
}

extension SecretFilter {
    /// The text with a mark, if wanted, in the place of each secret; nil without one.
    package func removed(from text: String, isMarking: Bool = true) -> String? {
        let bytes = Bytes(text.utf8)
        let found = findings(in: bytes)
        guard !found.isEmpty else { return nil }
        var rest = Bytes()
        var position = 0
        for finding in found {
            rest += bytes[position..<finding.range.lowerBound]
            if isMarking { rest += finding.shape.mark.utf8 }
            position = finding.range.upperBound
        }
        return String(decoding: rest + bytes[position...], as: UTF8.self)
    }
}

extension RecordingMark.Edge {
    /// The edge of a record that takes another one's place, too.
    func joined(_ other: RecordingMark.Edge?) -> RecordingMark.Edge {
        guard let other, other != self else { return self }
        return .both
    }
}

extension [Record] {
    /// Passes the edge of a record that goes on to the last one of the same recording that stays.
    mutating func passOn(_ mark: RecordingMark?, kind: Kind) {
        guard let mark, let edge = mark.edge else { return }
        for place in indices.reversed() {
            guard let (content, own) = try? RecordContent.parse(self[place], kind: kind), let own, own.id == mark.id
            else {
                continue
            }
            let joined = RecordingMark(id: own.id, edge: edge.joined(own.edge))
            self[place] = content.record(at: self[place].time, mark: joined)
            return
        }
    }
}
