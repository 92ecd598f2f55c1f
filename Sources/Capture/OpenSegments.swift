package import Records
package import Sealing

/// The open segments, one for each kind and app.
package final class OpenSegments {
    /// A segment whose app was idle for this long is closed, in milliseconds.
    package static let idleLimit: Milliseconds = 300_000
    /// A clock set back by at most this many milliseconds is ignored; a larger jump begins new segments.
    package static let toleratedStepBack: Milliseconds = 5_000

    private struct StreamKey: Hashable {
        let kind: Kind
        let app: AppName
    }

    private var sealer: SegmentSealer
    private var open: [StreamKey: OpenSegment] = [:]
    /// Segments sealed and records written since the start.
    package private(set) var sealedCount = 0
    package private(set) var recordCount = 0

    package init(sealer: SegmentSealer) { self.sealer = sealer }

    /// Begins with the vault that is in the place of the one before, after everything was closed.
    package func begin(_ sealer: SegmentSealer) {
        self.sealer = sealer
        open = [:]
    }

    /// Whether the last frames of closed segments are kept, and those frames: while something is being redacted.
    package var keepsFrames = false { didSet { if !keepsFrames { keptFrames = [:] } } }
    package private(set) var keptFrames: [AppName: TiledFrame] = [:]

    package var openCount: Int { open.count }
    package var hasPending: Bool { open.values.contains { $0.hasPending } }

    /// Whether a record of this time would begin a segment.
    package func begins(_ kind: Kind, app: AppName, at time: Milliseconds, bytes: Int) -> Bool {
        let place = StreamKey(kind: kind, app: app)
        return open[place].map { !$0.admits(smoothed(time, at: place), bytes: bytes) } ?? true
    }

    /// Adds a record of a kind other than `screen`.
    package func add(_ record: Record, kind: Kind, app: AppName, uptime: Milliseconds) throws {
        let place = StreamKey(kind: kind, app: app)
        let record = smoothed(cleaned(record, kind: kind), at: place)
        // A record that is too large for a segment (a pasted book) is not kept.
        guard record.encodedCount <= SegmentSpan.maximumRecordBytes else { return }
        if let segment = open[place], !segment.admits(record.time, bytes: record.encodedCount) {
            try close(place)
        }
        try put(record, at: place, encoder: TileEncoder(), uptime: uptime)
    }

    /// Adds a frame: a key frame at the begin of each segment, then only what changed.
    package func add(_ frame: TiledFrame, at time: Milliseconds, app: AppName, uptime: Milliseconds) throws {
        let place = StreamKey(kind: .screen, app: app)
        let time = smoothed(time, at: place)
        if let segment = open[place], !segment.admits(time) { try close(place) }
        var encoder = open[place]?.encoder ?? TileEncoder()
        guard let tiles = try encoder.encode(frame) else { return }
        var record = RecordContent.screen(tiles).record(at: time)
        if let segment = open[place], !segment.admits(time, bytes: record.encodedCount) {
            try close(place)
            encoder.startSegment()
            guard let whole = try encoder.encode(frame) else { return }
            record = RecordContent.screen(whole).record(at: time)
        }
        try put(record, at: place, encoder: encoder, uptime: uptime)
    }

    private func put(_ record: Record, at place: StreamKey, encoder: TileEncoder, uptime: Milliseconds) throws {
        if let segment = open[place] {
            segment.add(record, uptime: uptime)
            segment.encoder = encoder
        } else {
            open[place] = try OpenSegment(
                record, kind: place.kind, app: place.app, encoder: encoder, in: sealer, uptime: uptime)
        }
        recordCount += 1
    }

    /// A text is cleaned before it reaches a journal. What is typed key by key waits until its segment closes, and a
    /// pointer's place is no text: for these the setting is not read each time.
    private func cleaned(_ record: Record, kind: Kind) -> Record {
        switch kind {
        case .window, .prompt, .terminal: sealer.removal.cleaned(record, kind: kind)
        case .keys, .pointer, .screen: record
        }
    }

    private func smoothed(_ time: Milliseconds, at place: StreamKey) -> Milliseconds {
        guard let last = open[place]?.span.until, time < last, last - time <= Self.toleratedStepBack else {
            return time
        }
        return last
    }

    private func smoothed(_ record: Record, at place: StreamKey) -> Record {
        Record(time: smoothed(record.time, at: place), json: record.json, tiles: record.tiles)
    }

    /// Forgets the segments whose journals `rm` removed, so that what comes next goes into new ones.
    package func forgetRemoved() { open = open.filter { !$0.value.isRemoved } }

    /// Makes everything durable.
    package func flush() throws {
        for (place, segment) in open where try !segment.flush() { open[place] = nil }
    }

    /// Closes segments whose time is over or whose app is idle.
    package func closeFinished(now: Milliseconds, uptime: Milliseconds) throws {
        for (place, segment) in open {
            let isOver = now >= segment.span.until && !segment.span.admits(now)
            if isOver || uptime >= segment.touched + Self.idleLimit { try close(place) }
        }
    }

    package func closeAll() throws { for place in open.keys { try close(place) } }

    private func close(_ place: StreamKey) throws {
        guard let segment = open.removeValue(forKey: place) else { return }
        if keepsFrames, let frame = segment.encoder.latest { keptFrames[place.app] = frame }
        if try segment.close(in: sealer) { sealedCount += 1 }
    }
}
