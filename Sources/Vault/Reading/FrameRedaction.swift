import Records
import Sealing

/// Takes out of frames what was drawn in a time: the frames of the time, and in later ones what they still show of it.
struct FrameRedaction {
    let since: Milliseconds
    let until: Milliseconds
    private var before: ScreenFrame?
    private var remnants = Remnants()
    private var hasSeenTime = false

    /// What is drawn shows in a frame only after a moment: programs paint late, and frames are taken a few times a
    /// second. Without a frame until then, the first one after it shows what was drawn.
    private static let delay: Milliseconds = 1000

    init(since: Milliseconds, until: Milliseconds) {
        self.since = since
        self.until = until
    }

    /// What the latest frame still shows of the time.
    var shown: Remnants? { remnants.isShown ? remnants : nil }

    /// Whether nothing of the time was drawn.
    func isOver(at time: Milliseconds) -> Bool { hasSeenTime && remnants.isEmpty && time - until > Self.delay }

    mutating func rest(of all: [Record], isNamed: Bool) throws(CofferError) -> Redaction.Rest {
        do {
            return try taken(all, isNamed)
        } catch {
            throw CofferError(.tampering, "A segment's screen records cannot be decoded.")
        }
    }

    private mutating func taken(_ all: [Record], _ isNamed: Bool) throws -> Redaction.Rest {
        var rest = Redaction.Rest(records: [])
        var decoder = TileDecoder()
        var encoder = TileEncoder()
        for record in all {
            guard case (.screen(let tiles), let mark) = try RecordContent.parse(record, kind: .screen) else { continue }
            let frame = try decoder.decode(tiles)
            if record.time < since {
                before = frame
                rest.records.append(record)
                continue
            }
            if record.time <= until || record.time - until <= Self.delay || !hasSeenTime {
                remnants.note(frame, since: before)
                hasSeenTime = true
            }
            if isNamed, record.time <= until {
                rest.removed += 1
                // The next frame stands for itself, without what was visible only in the time.
                encoder.startSegment()
                continue
            }
            let covered = remnants.covered(frame)
            if covered != nil { rest.blackened += 1 }
            guard rest.isChanged else {
                rest.records.append(record)
                continue
            }
            // Nothing is left of a change that is all black.
            if let set = try encoder.encode(covered ?? frame) {
                rest.records.append(RecordContent.screen(set).record(at: record.time, mark: mark))
            }
        }
        return rest
    }
}
