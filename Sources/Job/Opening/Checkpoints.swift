import Files
import Glibc
package import Sealing

/// What a stream has written whole, kept in a file so that another stream can go on after it (Sample, "Going on later").
///
/// The file has a line for the stream, and one for each person's day once all of its bytes have gone out. A later stream
/// adds its own lines.
package final class Checkpoints {
    /// One person's day.
    struct WrittenDay: Hashable {
        let consent: Hash256
        let pseudonym: VerifyingKey
        let day: Day
        let pages: [PageID]
        let samples: Int
        /// The releases that were first used for it.
        let releases: [UInt64]
        /// The stream up to its end.
        let written: Manifest.Written
    }

    private let path: String
    private let head: Bytes
    private let file: DiskFile
    /// Where the stream's bytes go. Nothing is kept before it is known.
    package var sink: CountedSink?
    /// The days of the streams before.
    private(set) var done: [WrittenDay] = []
    /// What the streams before have written, without what came after their last day.
    private(set) var before: [Manifest.Written] = []
    private var pending: [WrittenDay] = []
    private var noted: Set<UInt64> = []

    /// Goes on after what the file holds if `isResuming`, and else begins it.
    package init(
        _ path: String, grant: Hash256, shard: Shard, form: String, isResuming: Bool
    ) throws(CofferError) {
        self.path = path
        head = Self.line([
            .init("schema", .string("coffer.checkpoint.v1")), .init("grant", .hex(grant)),
            .init("shard", .string(shard.name)), .init("form", .string(form)),
        ])
        do throws(FileError) {
            file = try DiskFile(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, mode: 0o600)
        } catch {
            throw Self.unwritable(path, error)
        }
        if isResuming { try read() }
        if done.isEmpty { try restart() } else { try append(head) }
    }

    /// Forgets everything: the stream is written again from its beginning.
    package func restart() throws(CofferError) {
        (done, before, pending, noted) = ([], [], [], [])
        guard truncate(path, 0) == 0 else { throw Self.unwritable(path, FileError(.write, code: errno)) }
        try append(head)
    }

    /// How many bytes the streams before have, one after the other.
    package var bytesBefore: Int { before.reduce(0) { $0 + $1.count } }

    /// Removes the file: the stream has its end.
    package func finish() { unlink(path) }

    /// A person's day, which is whole once the stream has gone out this far.
    func note(_ pages: [OpenedPage], _ manifest: Manifest, _ written: Manifest.Written) throws(CofferError) {
        guard let first = pages.first else { return }
        let samples = manifest.people[first.consent.hash]?.days[first.line.day]?.samples ?? 0
        pending.append(
            WrittenDay(
                consent: first.consent.hash, pseudonym: first.consent.pseudonym, day: first.line.day,
                pages: pages.map(\.line.page).sorted(), samples: samples,
                releases: manifest.releases.filter { noted.insert($0).inserted }, written: written))
        try flush()
    }

    /// Keeps the days of which all bytes have gone out.
    func flush() throws(CofferError) {
        while let day = pending.first, let sink, day.written.count <= sink.count {
            pending.removeFirst()
            try append(Self.line(day))
        }
    }

    private func append(_ line: Bytes) throws(CofferError) {
        do throws(FileError) { try file.write(line) } catch { throw Self.unwritable(path, error) }
    }

    // MARK: The form

    private static func line(_ members: [CanonicalJSON.Member]) -> Bytes {
        CanonicalJSON.object(members).encoded + [newline]
    }

    private static func line(_ day: WrittenDay) -> Bytes {
        line([
            .init("consent", .hex(day.consent)), .init("pseudonym", .hex(day.pseudonym.hash)),
            .init("day", .integer(UInt64(day.day))), .init("pages", .bytes(day.pages.flatMap(\.bytes))),
            .init("samples", .integer(UInt64(day.samples))),
            .init("releases", .array(day.releases.map { .integer($0) })),
            .init("bytes", .integer(UInt64(day.written.count))), .init("sha256", .hex(day.written.hash)),
        ])
    }

    private func read() throws(CofferError) {
        let bytes: Bytes
        do throws(FileError) { bytes = try file.contents(atMost: 1 << 30) } catch {
            throw Self.unwritable(path, error)
        }
        // A line that was not finished was not kept.
        let whole = bytes.lastIndex(of: Self.newline).map { $0 + 1 } ?? 0
        guard truncate(path, whole) == 0 else { throw Self.unwritable(path, FileError(.write, code: errno)) }
        var last: Manifest.Written?
        for (number, line) in bytes[..<whole].split(separator: Self.newline).enumerated() {
            if Array(line) + [Self.newline] == head {
                if let last { before.append(last) }
                last = nil
            } else {
                guard number > 0, let day = try? Self.day(line) else {
                    throw CofferError(
                        .usage, "\(path) is not a checkpoint of this stream.", rule: "checkpoint.stream",
                        hint: "A stream goes on with the same grant, share, part and form.")
                }
                done.append(day)
                noted.formUnion(day.releases)
                last = day.written
            }
        }
        if let last { before.append(last) }
    }

    private static let newline = UInt8(ascii: "\n")

    private static func day(_ line: some Collection<UInt8>) throws(FormatError) -> WrittenDay {
        var object = try CanonicalObject(parsing: line)
        let consent = try object.hash("consent")
        let pseudonym = try object.key("pseudonym")
        let day = try object.integer("day", atMost: UInt64(UInt32.max))
        let pages = try object.pageIDs("pages")
        let samples = try object.integer("samples", atMost: UInt64(UInt32.max))
        let releases = try object.integers("releases", atMost: 1 << 20, each: CanonicalJSON.maximumInteger)
        let bytes = try object.integer("bytes", atMost: 1 << 50)
        let hash = try object.hash("sha256")
        try object.finish()
        return WrittenDay(
            consent: consent, pseudonym: pseudonym, day: Day(day), pages: pages, samples: Int(samples),
            releases: releases, written: Manifest.Written(count: Int(bytes), hash: hash))
    }

    private static func unwritable(_ path: String, _ error: FileError) -> CofferError {
        CofferError(
            .configuration, "The checkpoint \(path) cannot be kept: \(error.reason).",
            hint: "Check its folder and the free space, or name another file.")
    }
}

/// Counts what goes out.
package final class CountedSink: ByteSink {
    private let sink: any ByteSink
    private(set) var count = 0

    package init(_ sink: any ByteSink) { self.sink = sink }

    package func write(_ bytes: ArraySlice<UInt8>) throws(CofferError) {
        try sink.write(bytes)
        count += bytes.count
    }
}
