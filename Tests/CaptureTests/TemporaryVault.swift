import Capture
import Foundation
import Records
import Sealing
import Vault

/// A vault in a COFFER_HOME of its own, with the key that opens it: what a keyholder would have.
final class TemporaryVault: Sendable {
    let folder: String
    let vault: VaultDirectory
    let key: SealingPrivateKey
    let sealer: SegmentSealer

    init() throws {
        folder = NSTemporaryDirectory() + "coffer-" + UUID().uuidString
        key = try SealingPrivateKey()
        vault = try VaultDirectory.create(at: folder + "/data/vault", sealing: key.publicKey)
        sealer = try SegmentSealer(vault: vault)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A segment that was opened with the key.
    struct Opened {
        let label: SegmentLabel
        let records: [Record]
        var contents: [RecordContent] { records.compactMap { try? RecordContent($0, kind: label.kind) } }
        /// The characters pressed, in their order.
        var typed: String {
            contents.compactMap { if case .keys(let key) = $0, key.isPress { key.key } else { nil } }.joined()
        }
    }

    /// Every closed segment, opened, in the order of their times.
    func segments() throws -> [Opened] {
        try vault.segmentIDs().map { id in
            let content = try SegmentOpening.contentKey(header: try vault.header(id), with: key)
            let label = try SegmentOpening.label(try vault.label(id), key: content)
            let records = try SegmentOpening.records(body: try vault.body(id), kind: label.kind, key: content)
            return Opened(label: label, records: records)
        }.sorted { ($0.label.kind, $0.label.from, $0.label.app) < ($1.label.kind, $1.label.from, $1.label.app) }
    }

    func segments(_ kind: Kind) throws -> [Opened] { try segments().filter { $0.label.kind == kind } }

    /// Every journal, opened.
    func journals() throws -> [Journal] {
        try names("journals").map { name in
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(vault.path)/journals/\(name)"))
            return try JournalReader.open(Array(bytes), with: key)
        }
    }

    func names(_ part: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(vault.path)/\(part)").filter { !$0.hasPrefix(".") }
    }

    /// Whether these bytes stand in any file below the folder.
    func holds(_ needle: String) throws -> Bool {
        let enumerator = FileManager.default.enumerator(atPath: folder)
        while let name = enumerator?.nextObject() as? String {
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
            if data.range(of: Data(needle.utf8)) != nil { return true }
        }
        return false
    }
}

extension AppName {
    /// A name that the tests know to be valid.
    init(test name: String) { self.init(windowClass: name) }
}
