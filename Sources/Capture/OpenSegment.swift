import Records
import Sealing
import Vault

/// An open segment and its journal.
final class OpenSegment {
    private let kind: Kind
    private let app: AppName
    private let file: JournalFile
    private var writer: JournalWriter
    private var pending: [Record] = []
    /// How long the journal is.
    private var written = 0
    private(set) var span: SegmentSpan
    /// Turns frames into records; for kind screen only.
    var encoder: TileEncoder
    /// When the last record came, in monotonic time.
    private(set) var touched: Milliseconds

    /// Opens a journal for the first record, which is durable only after `flush`.
    init(
        _ first: Record, kind: Kind, app: AppName, encoder: TileEncoder, in sealer: SegmentSealer, uptime: Milliseconds
    ) throws {
        self.kind = kind
        self.app = app
        self.encoder = encoder
        writer = try JournalWriter(
            kind: kind, app: app, device: sealer.device.publicKey, opened: first.time, to: sealer.recipient)
        span = SegmentSpan(first: first.time, bytes: first.encodedCount)
        touched = uptime
        file = try sealer.vault.newJournal(opened: first.time)
        try file.append(writer.prologue)
        written = writer.prologue.count
        pending = [first]
    }

    /// Whether another record of this size may come. Frames are padded, so the journal can be full before its records are
    /// many.
    func admits(_ time: Milliseconds, bytes: Int = 0) -> Bool {
        span.admits(time, bytes: bytes) && written < JournalFile.maximumCount - SegmentSpan.maximumRecordBytes / 8 * 9
    }

    func add(_ record: Record, uptime: Milliseconds) {
        pending.append(record)
        span.add(record.time, bytes: record.encodedCount)
        touched = uptime
    }

    var hasPending: Bool { !pending.isEmpty }
    var isRemoved: Bool { file.isRemoved }

    /// Seals the pending records into one frame and makes it durable. False when `rm` removed the journal: then all its
    /// records are forgotten.
    func flush() throws -> Bool {
        guard !file.isRemoved else { return false }
        guard hasPending else { return true }
        let frame = try writer.frame(pending)
        pending = []
        written += frame.count
        try file.append(frame)
        try file.sync()
        return !file.isRemoved
    }

    /// Encrypts all records under a fresh content key, stores the segment and removes the journal. True if a segment
    /// was stored. A journal that was changed since it was written stays, and the keyholder adopts what is left of it.
    func close(in sealer: SegmentSealer) throws -> Bool {
        guard try flush() else { return false }
        let contents = try file.contents()
        guard let records = try? writer.records(of: contents) else { return false }
        let segment = try SealedSegment.seal(
            sealer.removal.cleaned(records, kind: kind), kind: kind, app: app, device: sealer.device,
            to: sealer.recipient)
        return try sealer.vault.close(
            file, as: segment, SegmentTimes(from: span.from, until: span.until, arrived: CaptureClock.real()))
    }
}
