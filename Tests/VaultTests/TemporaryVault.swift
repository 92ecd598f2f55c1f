import FoundationEssentials
import Sealing

@testable import Vault

/// A vault of a fresh identity in a folder that goes with it.
final class TemporaryVault: Sendable {
    /// Noon of 2026-11-20, UTC.
    static let noon: Milliseconds = 20_777 * millisecondsPerDay + 43_200_000

    let path: String
    let directory: VaultDirectory
    let keys: VaultKeys
    let code: AppName
    let mail: AppName

    init() throws {
        let seed = try IdentitySeed()
        path = FileManager.default.temporaryDirectory.appendingPathComponent("vault-\(UUID().uuidString)").path
        keys = try VaultKeys(of: seed)
        directory = try VaultDirectory.create(at: path + "/vault", sealing: keys.sealing.publicKey)
        code = try AppName("code")
        mail = try AppName("mail")
        try OpenVault(directory, keys: keys).certifyThisDevice(now: 1)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var open: OpenVault { get throws { try OpenVault(directory, keys: keys) } }

    static func records(_ count: Int, from start: Milliseconds = noon, step: Milliseconds = 1000) -> [Record] {
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
    func store(
        _ records: [Record], kind: Kind = .keys, app: AppName? = nil, device: SigningKey? = nil
    ) throws -> Hash256 {
        let segment = try SealedSegment.seal(
            records, kind: kind, app: app ?? code, device: try device ?? directory.deviceKey(),
            to: keys.sealing.publicKey)
        try directory.store(segment, from: records[0].time, until: records[records.count - 1].time)
        return segment.id
    }

    /// An open journal with records in it.
    func journal(_ records: [Record], device: SigningKey? = nil) throws -> JournalFile {
        var writer = try JournalWriter(
            kind: .keys, app: code, device: (try device ?? directory.deviceKey()).publicKey,
            opened: records[0].time, to: keys.sealing.publicKey)
        let file = try directory.newJournal(opened: records[0].time)
        try file.append(writer.prologue)
        for record in records { try file.append(try writer.frame([record])) }
        try file.sync()
        return file
    }
}
