import Files
import Records
import Sealing
import Vault

/// Gathers records into segments, seals these, and keeps them in a file without a name until they are stored.
final class SegmentSpool {
    private struct StreamKey: Hashable {
        let kind: Kind
        let app: AppName
    }

    private struct Building {
        var records: [Record]
        var span: SegmentSpan
    }

    private struct Sealed {
        let header: Range<Int>
        let body: Range<Int>
        let label: Range<Int>
        let times: SegmentTimes
    }

    private let sealer: SegmentSealer
    private let now: Milliseconds
    private let maximumWaiting: Int
    private let spool: SpoolFile
    private var building: [StreamKey: Building] = [:]
    private var waiting = 0
    private var sealed: [Sealed] = []

    init(_ sealer: SegmentSealer, now: Milliseconds, maximumWaiting: Int) throws(CofferError) {
        self.sealer = sealer
        self.now = now
        self.maximumWaiting = maximumWaiting
        do throws(FileError) { spool = try SpoolFile(in: sealer.vault.path) } catch { throw CofferError(error) }
    }

    var count: Int { sealed.count }

    func add(_ record: Record, _ kind: Kind, _ app: AppName, _ place: ImportPlace) throws(CofferError) {
        let bytes = record.encodedCount
        guard bytes <= SegmentSpan.maximumRecordBytes else {
            throw CofferError(
                .usage, "A record is larger than a segment of 8 MiB, at \(place.description).", rule: "import.size",
                hint: "Nothing of it was imported. Split its text.")
        }
        let key = StreamKey(kind: kind, app: app)
        var place = building.index(forKey: key)
        if let full = place, building.values[full].span.extended(to: record.time, bytes: bytes) == nil {
            try close(key)
            place = nil
        }
        if let place {
            building.values[place].records.append(record)
            building.values[place].span.add(record.time, bytes: bytes)
        } else {
            building[key] = Building(records: [record], span: SegmentSpan(first: record.time, bytes: bytes))
        }
        waiting += bytes
        if waiting > maximumWaiting, let largest = building.max(by: { $0.value.span.bytes < $1.value.span.bytes }) {
            try close(largest.key)
        }
    }

    func finish() throws(CofferError) {
        let keys = building.keys.sorted { ($0.kind.rawValue, $0.app) < ($1.kind.rawValue, $1.app) }
        for key in keys { try close(key) }
    }

    private func close(_ key: StreamKey) throws(CofferError) {
        guard let segment = building.removeValue(forKey: key) else { return }
        waiting -= segment.span.bytes
        // Recordings that overlap in time share a segment; its records are in the order of their times.
        let records = segment.records.enumerated().sorted {
            ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
        }.map(\.element)
        do {
            let whole = try SealedSegment.seal(
                sealer.removal.cleaned(records, kind: key.kind), kind: key.kind, app: key.app, device: sealer.device,
                to: sealer.recipient)
            sealed.append(
                Sealed(
                    header: try spool.append(whole.header), body: try spool.append(whole.body),
                    label: try spool.append(whole.label),
                    times: SegmentTimes(from: segment.span.from, until: segment.span.until, arrived: now)))
        } catch let error as FileError {
            throw CofferError(error)
        } catch {
            throw CofferError(.bug, "A segment of the recording could not be sealed.")
        }
    }

    /// Stores all segments in the vault.
    func store() throws(CofferError) {
        try sealer.vault.store(sealed.count) { number throws(CofferError) in
            let part = sealed[number]
            do throws(FileError) {
                let segment = SealedSegment(
                    header: try spool.read(part.header), body: try spool.read(part.body),
                    label: try spool.read(part.label))
                return (segment, part.times)
            } catch { throw CofferError(error) }
        }
    }
}
