import Sealing

/// Secrets that a terminal received or wrote, perhaps in several parts and with control sequences between.
struct TerminalSecrets {
    private struct Part {
        let content: TerminalContent
        let mark: RecordingMark?
    }

    /// What is cut out of a record's text.
    private struct Cut {
        let range: Range<Int>
        /// Whether the secret begins here, and not in an earlier record.
        let begins: Bool
        let shape: SecretShape
    }

    private let filter: SecretFilter
    private let isMarking: Bool

    init(_ filter: SecretFilter, isMarking: Bool = true) {
        self.filter = filter
        self.isMarking = isMarking
    }

    /// The records of a `terminal` segment. A record that only goes on with one, and of which nothing is left, goes.
    func cleaned(_ records: [Record]) -> [Record] {
        let parts = records.map { record -> Part? in
            guard case (.terminal(let content), let mark)? = try? RecordContent.parse(record, kind: .terminal) else {
                return nil
            }
            return Part(content: content, mark: mark)
        }
        var cuts: [Int: [Cut]] = [:]
        for isOutput in [true, false] {
            for (record, found) in self.cuts(parts, isOutput: isOutput) { cuts[record, default: []] += found }
        }
        guard !cuts.isEmpty else { return records }
        var cleaned: [Record] = []
        for (place, record) in records.enumerated() {
            guard let own = cuts[place], let part = parts[place] else {
                cleaned.append(record)
                continue
            }
            var content = part.content
            content.text = cut(own, from: Bytes(content.text.utf8))
            if content.text.isEmpty, !own.contains(where: \.begins) {
                cleaned.passOn(part.mark, kind: .terminal)
            } else {
                cleaned.append(RecordContent.terminal(content).record(at: record.time, mark: part.mark))
            }
        }
        return cleaned
    }

    private func cuts(_ parts: [Part?], isOutput: Bool) -> [Int: [Cut]] {
        // As it stands in the end, and as it stood before something was erased: a secret was there then, too.
        var edited = TextLane()
        var erased = TextLane()
        var isErasing = false
        var sequence = ControlSequence()
        for (place, part) in parts.enumerated() {
            guard let text = part?.content, text.isOutput == isOutput else { continue }
            for (offset, byte) in text.text.utf8.enumerated() {
                if sequence.takes(byte) {
                    // Keys such as the arrows move the cursor; what a program writes so is mostly colour.
                    if !isOutput, sequence.isOver { edited.interrupt(record: place, offset: offset) }
                    continue
                }
                let isBackspace = byte == 8 || byte == 127
                if isBackspace {
                    if !isErasing { erased.keep(endOf: edited) }
                    edited.removeLast()
                } else {
                    edited.append(CollectionOfOne(byte), record: place, offset: offset)
                }
                isErasing = isBackspace
            }
        }
        var cuts: [Int: [Cut]] = [:]
        for lane in [edited, erased] {
            for finding in filter.findings(in: lane.bytes) {
                let (first, from) = lane.origin(of: finding.range.lowerBound)
                let (last, until) = lane.origin(of: finding.range.upperBound - 1)
                for record in first...max(first, last) {
                    guard let text = parts[record]?.content, text.isOutput == isOutput else { continue }
                    let end = record == last ? until + 1 : text.text.utf8.count
                    let start = record == first ? from : 0
                    guard start < end else { continue }
                    cuts[record, default: []].append(
                        Cut(range: start..<end, begins: record == first, shape: finding.shape))
                }
            }
        }
        return cuts
    }

    private func cut(_ cuts: [Cut], from text: Bytes) -> String {
        var rest = Bytes()
        var position = 0
        for cut in cuts.sorted(by: {
            ($0.range.lowerBound, $1.range.upperBound) < ($1.range.lowerBound, $0.range.upperBound)
        }) {
            if cut.range.lowerBound >= position {
                rest += text[position..<cut.range.lowerBound]
                if isMarking, cut.begins { rest += cut.shape.mark.utf8 }
            }
            position = max(position, cut.range.upperBound)
        }
        return String(decoding: rest + text[position...], as: UTF8.self)
    }
}

/// Control sequences of a terminal, byte by byte (ECMA-48): `ESC [ … final`, `ESC ] … BEL` or `ESC \`, and short ones.
struct ControlSequence {
    private enum Stage {
        case text, escape, control, string, stringEscape
    }

    private var stage = Stage.text

    /// Whether no sequence goes on after the byte that was taken last.
    var isOver: Bool { stage == .text }

    /// Whether this byte belongs to a sequence.
    mutating func takes(_ byte: UInt8) -> Bool {
        switch stage {
        case .text:
            guard byte == 0x1b else { return false }
            stage = .escape
        case .escape:
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "O"): stage = .control
            case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"): stage = .string
            case 0x20...0x2f: break
            case 0x1b: break
            default: stage = .text
            }
        case .control:
            if byte < 0x20 || (0x40...0x7e).contains(byte) { stage = byte == 0x1b ? .escape : .text }
        case .string:
            if byte == 7 { stage = .text } else if byte == 0x1b { stage = .stringEscape }
        case .stringEscape: stage = byte == UInt8(ascii: "\\") ? .text : .string
        }
        return true
    }
}
