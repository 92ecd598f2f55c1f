internal import Foundation
package import Records
package import Sealing
package import Vault

/// A vault of a fresh identity in a COFFER_HOME of its own, with the keys that open it: what a keyholder would have.
package final class TemporaryVault: Sendable {
    /// Noon of 2026-11-20, UTC.
    package static let noon: Milliseconds = 20_777 * millisecondsPerDay + 43_200_000

    private let home: TemporaryDirectory
    package let directory: VaultDirectory
    package let keys: VaultKeys
    package let code: AppName
    package let mail: AppName

    package init() throws {
        home = try TemporaryDirectory()
        keys = try VaultKeys(of: try IdentitySeed())
        directory = try VaultDirectory.create(at: home.path + "/data/vault", sealing: keys.sealing.publicKey)
        code = try AppName("code")
        mail = try AppName("mail")
        try OpenVault(directory, keys: keys).certifyThisDevice(now: 1)
    }

    /// COFFER_HOME.
    package var path: String { home.path }

    package var open: OpenVault { get throws { try OpenVault(directory, keys: keys) } }

    // MARK: Writing

    /// Presses of the keys k0, k1, ….
    package static func records(_ count: Int, from start: Milliseconds = noon, step: Milliseconds = 1000) -> [Record] {
        (0..<count).map { i in
            Record(
                time: start + i * step,
                object: .object([
                    .init("type", .string("press")), .init("key", .string("k\(i)")), .init("source", .string("device")),
                ]))
        }
    }

    /// Stores a closed segment and returns its id.
    @discardableResult
    package func store(
        _ records: [Record], kind: Kind = .keys, app: AppName? = nil, device: SigningKey? = nil
    ) throws -> Hash256 {
        let segment = try SealedSegment.seal(
            records, kind: kind, app: app ?? code, device: try device ?? directory.deviceKey(),
            to: keys.sealing.publicKey)
        let last = records[records.count - 1].time
        try directory.store(segment, SegmentTimes(from: records[0].time, until: last, arrived: last))
        return segment.id
    }

    /// An open journal with records in it.
    package func journal(_ records: [Record], device: SigningKey? = nil) throws -> JournalFile {
        var writer = try JournalWriter(
            kind: .keys, app: code, device: (try device ?? directory.deviceKey()).publicKey,
            opened: records[0].time, to: keys.sealing.publicKey)
        let file = try directory.newJournal(opened: records[0].time)
        try file.append(writer.prologue)
        for record in records { try file.append(try writer.frame([record])) }
        try file.sync()
        return file
    }

    // MARK: Reading

    /// A segment that was opened with the key.
    package struct Opened {
        package let label: SegmentLabel
        package let records: [Record]
        package var contents: [RecordContent] { records.compactMap { try? RecordContent($0, kind: label.kind) } }
        /// The characters pressed, in their order.
        package var typed: String { TemporaryVault.typed(records) }
    }

    /// Every closed segment, opened, in the order of their times.
    package func segments() throws -> [Opened] {
        try directory.segmentIDs().map { id in
            let content = try SegmentOpening.contentKey(header: try directory.header(id), with: keys.sealing)
            let label = try SegmentOpening.label(try directory.label(id), key: content)
            let records = try SegmentOpening.records(body: try directory.body(id), kind: label.kind, key: content)
            return Opened(label: label, records: records)
        }.sorted { ($0.label.kind, $0.label.from, $0.label.app) < ($1.label.kind, $1.label.from, $1.label.app) }
    }

    package func segments(_ kind: Kind) throws -> [Opened] { try segments().filter { $0.label.kind == kind } }

    /// Every journal, opened.
    package func journals() throws -> [Journal] {
        try names("journals").map { name in
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(directory.path)/journals/\(name)"))
            return try JournalReader.open(Array(bytes), with: keys.sealing)
        }
    }

    /// Everything of a kind that is on the disk now, while an agent writes: sealed, or still in journals. A journal
    /// that is sealed in this moment counts as what could be read of it.
    package func records(_ kind: Kind) -> [Record] {
        let sealed = (try? segments(kind).flatMap(\.records)) ?? []
        let open = ((try? journals()) ?? []).filter { $0.kind == kind }.flatMap(\.records)
        return (sealed + open).sorted { $0.time < $1.time }
    }

    /// The characters pressed that are on the disk now.
    package func typed() -> String { Self.typed(records(.keys)) }

    private static func typed(_ records: [Record]) -> String {
        records.compactMap { try? KeyContent(parsing: $0.json) }.filter(\.isPress).map(\.key).joined()
    }

    package func names(_ part: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/\(part)").filter { !$0.hasPrefix(".") }
    }

    /// Whether these bytes stand in any file below the folder.
    package func holds(_ needle: String) throws -> Bool {
        let wanted = Data(needle.utf8)
        return try FileManager.default.subpathsOfDirectory(atPath: path).contains { name in
            guard let data = FileManager.default.contents(atPath: "\(path)/\(name)") else { return false }
            return data.range(of: wanted) != nil
        }
    }
}
