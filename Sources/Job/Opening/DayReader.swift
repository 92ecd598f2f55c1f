import Sealing

/// Reads one person's day: its pages become one trajectory for each device.
struct DayReader: Sendable {
    let stream: Sample.Stream
    let subjects: Subjects
    let bodies: BodiesAhead
    let pictures: Pictures

    private struct TrackName: Hashable, Comparable {
        let device: UInt16
        let kind: Kind
        let app: AppName

        static func < (a: Self, b: Self) -> Bool { (a.device, a.kind, a.app) < (b.device, b.kind, b.app) }
    }

    /// Emits the day's samples. Skips bodies in `had` and adds the day's bodies to it.
    func read(
        _ pages: [OpenedPage], had: inout Set<Hash256>, emit: (Sample) throws(CofferError) -> Void
    ) async throws(CofferError) {
        guard let pseudonym = pages.first?.consent.pseudonym else { return }
        var tracks: [TrackName: [(item: PageItem, page: OpenedPage)]] = [:]
        for page in pages {
            for item in page.items where had.insert(item.entry.bodyHash).inserted {
                let entry = item.entry
                let name = TrackName(device: entry.device, kind: entry.kind, app: entry.app)
                tracks[name, default: []].append((item, page))
            }
        }
        var pixels = PixelAllowance()
        var ready = ReadySamples()
        for device in Set(tracks.keys.map(\.device)).sorted() {
            let names = tracks.keys.filter { $0.device == device }.sorted()
            var merge = RecordMerge(
                names.flatMap { name in
                    RecordStream.runs(tracks[name] ?? []).map { RecordStream($0, kind: name.kind, bodies: bodies) }
                })
            var sampler = Sampler(
                stream: stream, subjects: subjects, pseudonym: pseudonym, device: device, pictures: pictures,
                pixels: pixels)
            while let record = try await merge.pop() {
                let samples: [Sample]
                do { samples = try sampler.take(record) } catch { throw error.at(Self.place(record.source, in: pages)) }
                try await ready.add(samples, sampler.takeBegun(), emit: emit)
            }
            let last = try sampler.finish()
            try await ready.add(last, sampler.takeBegun(), emit: emit)
            try await ready.finish(emit: emit)
            pixels = sampler.pixels
        }
    }

    /// The page and the object that a record came from.
    private static func place(_ source: SegmentSource, in pages: [OpenedPage]) -> LakePlace {
        let page = pages.first { $0.line.page == source.page } ?? pages[0]
        return page.place(page.items.first { $0.entry.bodyHash == source.body }?.object)
    }
}
