import Files
import Records
package import Sealing
import Vault

/// Seals recordings into segments like live capture: one kind, app and UTC day, at most an hour and 8 MiB.
///
/// A file is stored only if all of it can be read and sealed.
package struct ImportSealer {
    package struct ImportSummary: Hashable, Sendable {
        package var records = 0
        package var segments = 0
        /// Times of the first and last record.
        package var from: Milliseconds = .max
        package var until: Milliseconds = 0
    }

    private let sealer: SegmentSealer
    private let now: Milliseconds

    package init(sealer: SegmentSealer, now: Milliseconds) {
        self.sealer = sealer
        self.now = now
    }

    /// `start` shifts a recording so that it begins then. Without it, a recording without real times ends now.
    package func seal(_ path: String, format: ImportFormat, app: AppName?, start: Milliseconds?) throws -> ImportSummary
    {
        let recording = try format.read(path, app: app)
        guard let first = recording.items.first, let last = recording.items.last else {
            throw CofferError(.usage, "The recording at \(path) is empty.", rule: "import.empty")
        }
        let base: Milliseconds
        switch (start, recording.isRelative) {
        case (let start?, _): base = start
        case (nil, true): base = now - min(now, last.time - first.time)
        case (nil, false): base = first.time
        }
        guard base <= now, last.time - first.time <= now - base else {
            throw CofferError(
                .usage, "The recording at \(path) would end in the future.", rule: "import.time",
                hint: "Give its start with --start.")
        }
        var outcome = ImportSummary()
        var sealed: [Closed] = []
        var building: [StreamKey: Building] = [:]
        for item in recording.items {
            let time = base + (item.time - first.time)
            outcome.from = min(outcome.from, time)
            outcome.until = max(outcome.until, time)
            try add(item, at: time, &building, &sealed, &outcome)
        }
        for (place, segment) in building { sealed.append(try close(segment, place)) }
        for closed in sealed {
            try sealer.vault.store(
                closed.segment, SegmentTimes(from: closed.from, until: closed.until, arrived: now))
        }
        outcome.segments = sealed.count
        return outcome
    }

    private struct StreamKey: Hashable {
        let kind: Kind
        let app: AppName
    }

    private struct Building {
        var records: [Record]
        var span: SegmentSpan
    }

    private struct Closed {
        let segment: SealedSegment
        let from: Milliseconds
        let until: Milliseconds
    }

    private func add(
        _ item: ImportItem, at time: Milliseconds, _ building: inout [StreamKey: Building], _ sealed: inout [Closed],
        _ outcome: inout ImportSummary
    ) throws {
        switch item.content {
        case .record(let content):
            let place = StreamKey(kind: content.kind, app: item.app)
            try put(content.record(at: time), place, &building, &sealed)
        case .image(let path):
            // Each picture of a recording becomes a key frame.
            var encoder = TileEncoder()
            guard let tiles = try encoder.encode(try Self.frame(path)) else {
                throw CofferError(.usage, "The picture \(path) is too large for a segment.", rule: "import.image")
            }
            try put(
                RecordContent.screen(tiles).record(at: time), StreamKey(kind: .screen, app: item.app), &building,
                &sealed)
        }
        outcome.records += 1
    }

    private func put(
        _ record: Record, _ place: StreamKey, _ building: inout [StreamKey: Building], _ sealed: inout [Closed]
    ) throws {
        let bytes = record.encodedCount
        guard bytes <= SegmentSpan.maximumRecordBytes else {
            throw CofferError(.usage, "A record is larger than a segment of 8 MiB.", rule: "import.size")
        }
        if let segment = building[place], !segment.span.admits(record.time, bytes: bytes) {
            sealed.append(try close(segment, place))
            building[place] = nil
        }
        if building[place] == nil {
            building[place] = Building(records: [record], span: SegmentSpan(first: record.time, bytes: bytes))
        } else {
            building[place]?.records.append(record)
            building[place]?.span.add(record.time, bytes: bytes)
        }
    }

    private func close(_ segment: Building, _ place: StreamKey) throws -> Closed {
        Closed(
            segment: try SealedSegment.seal(
                segment.records, kind: place.kind, app: place.app, device: sealer.device, to: sealer.recipient),
            from: segment.span.from, until: segment.span.until)
    }

    private static func frame(_ path: String) throws -> ScreenFrame {
        let bytes = try InputFile.read(path, atMost: 64 << 20)
        do throws(PNGImage.PNGError) { return try PNGImage.decode(bytes) } catch {
            throw CofferError(
                .usage,
                error == .tooLarge ? "The picture \(path) is too large." : "The picture \(path) is not a complete PNG.",
                rule: "import.image", hint: "Nothing of the recording was imported.")
        }
    }
}
