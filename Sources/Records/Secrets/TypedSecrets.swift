import Sealing

/// Secrets that were typed key by key.
struct TypedSecrets {
    private struct Key {
        let content: RecordContent
        let mark: RecordingMark?

        var key: KeyContent? { if case .keys(let key) = content { key } else { nil } }
    }

    private let filter: SecretFilter

    init(_ filter: SecretFilter) { self.filter = filter }

    /// The records of a `keys` segment, with one record in the place of all that typed a secret.
    func cleaned(_ records: [Record]) -> [Record] {
        let keys = records.map { record in
            (try? RecordContent.parse(record, kind: .keys)).map { Key(content: $0.content, mark: $0.mark) }
        }
        let spans = spans(keys)
        guard !spans.isEmpty else { return records }
        var cleaned: [Record] = []
        // Keys whose press was taken away and whose release is still to come.
        var down: [String: Int] = [:]
        var next = spans[...]
        for (place, record) in records.enumerated() {
            while let span = next.first, place >= span.range.upperBound { next.removeFirst() }
            let span = next.first.flatMap { $0.range.contains(place) ? $0 : nil }
            let key = keys[place]?.key
            let isOfSecret: Bool
            switch key {
            case let key? where key.isPress:
                isOfSecret = span != nil
                if isOfSecret { down[key.key, default: 0] += 1 }
            case let key?:
                isOfSecret = down[key.key, default: 0] > 0
                // Repeats press a key more than once before its one release.
                if isOfSecret { down[key.key] = 0 }
            case nil: isOfSecret = false
            }
            if let span, place == span.range.lowerBound {
                cleaned.append(
                    RecordContent.removed(RemovedContent(shape: span.shape)).record(
                        at: record.time, mark: keys[place]?.mark))
            } else if isOfSecret {
                cleaned.passOn(keys[place]?.mark, kind: .keys)
            } else {
                cleaned.append(record)
            }
        }
        return cleaned
    }

    /// The records that typed secrets, ascending; none overlaps another.
    private func spans(_ keys: [Key?]) -> [SecretFilter.Finding] {
        // As it stands in the end, and as it stood before something was erased: a secret was there then, too.
        var edited = TextLane()
        var erased = TextLane()
        var isErasing = false
        var held: Set<String> = []
        for (place, key) in keys.enumerated() {
            guard let key = key?.key else {
                edited.interrupt(record: place)
                isErasing = false
                continue
            }
            if Self.commandModifiers.contains(key.key) {
                if key.isPress { held.insert(key.key) } else { held.remove(key.key) }
                continue
            }
            guard key.isPress, key.text != "", key.text != nil || !Self.isShift(key.key) else { continue }
            let isBackspace = key.key == "BackSpace" && key.text == nil && held.isEmpty
            if isBackspace {
                if !isErasing { erased.keep(endOf: edited) }
                edited.removeLast()
            } else if held.isEmpty, let text = key.text ?? Self.text(key.key) {
                edited.append(text.utf8, record: place)
            } else {
                edited.interrupt(record: place)
            }
            isErasing = isBackspace
        }
        let spans = [edited, erased].flatMap { lane in
            filter.findings(in: lane.bytes).map { finding in
                let first = lane.origin(of: finding.range.lowerBound).record
                let last = lane.origin(of: finding.range.upperBound - 1).record
                return SecretFilter.Finding(range: first..<max(first, last) + 1, shape: finding.shape)
            }
        }
        return SecretFilter.disjoint(spans)
    }

    /// With one of these down, a key gives a command and writes nothing.
    private static let commandModifiers: Set = [
        "Control_L", "Control_R", "Alt_L", "Alt_R", "Super_L", "Super_R", "Meta_L", "Meta_R", "Hyper_L", "Hyper_R",
    ]

    /// Keys that only change which character the next one writes.
    private static func isShift(_ key: String) -> Bool {
        key.hasPrefix("Shift_") || key.hasPrefix("ISO_Level") || key.hasPrefix("dead_") || key == "Caps_Lock"
            || key == "Num_Lock" || key == "Multi_key" || key == "Mode_switch"
    }

    /// What a key writes; nil for one that moves the cursor or does something else.
    private static func text(_ key: String) -> String? {
        if key.count == 1 { return key }
        switch key {
        case "space", "KP_Space": return " "
        case "Return", "KP_Enter", "Linefeed": return "\n"
        case "Tab", "KP_Tab": return "\t"
        case "minus", "KP_Subtract": return "-"
        default: return key.hasPrefix("KP_") && key.count == 4 ? String(key.suffix(1)) : nil
        }
    }
}
