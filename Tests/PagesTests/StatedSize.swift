import Crypto
import Foundation
import Messages

@testable import Broker
@testable import Rules
@testable import Sealing

/// A size that a format page states, and what the program makes of it. `#` stands for the number in the page's words.
struct StatedSize: Sendable {
    let page: String
    let words: String
    let size: Int

    init(_ page: String, _ words: String, _ size: Int) {
        self.page = page
        self.words = words
        self.size = size
    }

    /// The words with the number as pages write it: 1,168.
    var sentence: String {
        var digits = String(size)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return words.replacing("#", with: ([digits] + groups).joined(separator: ","))
    }

    static func all() throws -> [StatedSize] { try made() + bounds }
}

/// Bounds that the program has as a constant.
extension StatedSize {
    fileprivate static let bounds = [
        StatedSize("Identity", "`identity`, # bytes, mode 0600", IdentityFile.count),
        StatedSize("Identity", "| 19 | # | salt |", IdentityFile.saltCount),
        StatedSize("Segment", "A sealed box of # bytes: the 32-byte **content key**", SealedBox.sealedKeyCount),
        StatedSize("Segment", "length of the records in bytes, at most # |", SegmentSpan.maximumRecordBytes),
        StatedSize("Segment", "context `D(\"label\")`, over # bytes:", SegmentLabel.paddedCount),
        StatedSize("Segment", "| … | zeros, to # in all |", SegmentLabel.paddedCount),
        StatedSize("Segment", "| # | random |", SegmentLabel.nonceCount),
        StatedSize("Segment", "`until` ≤ `from` + #, both", Int(clamping: SegmentSpan.maximumDuration.rawValue)),
        StatedSize("Segment", "| # | the device's signature", Signature.count),
        StatedSize("Segment", "and to # at least", Padme.minimum),
        StatedSize("Journal", "| 0 | # | the journal key (32 bytes) in a sealed box", SealedBox.sealedKeyCount),
        StatedSize("Journal", "A frame's n is 16 … #.", Journal.maximumFrameCount),
        StatedSize("Journal", "time it was opened ‖ zeros, to # in all", Journal.prologueCount),
        StatedSize("Journal", "to Padmé of all before and to # at least", Journal.minimumFrameCount),
        StatedSize("Page", "the number of items, 1 … # |", Page.maximumItems),
        StatedSize("Page", "| # | the pseudonym's signature", Signature.count),
        StatedSize("Page", "and to # at least", Padme.minimum),
        StatedSize("Page", "`pageID` is # random bytes", PageID.count),
        StatedSize("PageIndex", "the number of lines, at most # |", PageIndex.maximumLines),
        StatedSize("PageIndex", "| # | pageID |", PageID.count),
        StatedSize("RecoverySheet", "The seed on paper: # groups of four", RecoverySheet.groupCount),
        StatedSize("RecoverySheet", "stand together as # characters", 4 * RecoverySheet.groupCount),
        StatedSize("ConsentKeys", "at most # brokers in all", GroupShape.maximumTotal),
        StatedSize("ConsentKeys", "n/2 < t ≤ n ≤ #", GroupShape.maximumCount),
        StatedSize("ConsentKeys", "at most # apps", Scope.maximumApps),
        StatedSize("Formats", "| 0 | # | salt, random |", ChunkedEncryption.saltCount),
        StatedSize("Formats", "| # | … | chunks", ChunkedEncryption.headCount),
        StatedSize("Formats", "is cut into chunks of # bytes", ChunkedEncryption.chunkCount),
        StatedSize("Formats", "every chunk but the last is # bytes in the file", ChunkedEncryption.chunkCount + 16),
        StatedSize("Formats", "| 0 | # | encapsulated key", SealedBox.encapsulatedCount),
        StatedSize("Formats", "A public key is # bytes", SealingPublicKey.count),
        StatedSize("Formats", "no value is deeper than #", CanonicalJSON.maximumDepth - 1),
        StatedSize("Formats", "`[a-z0-9._-]{1,#}`", AppName.maximumCount),
        StatedSize("AskAndAnswer", "`recipient` is the key of # bytes", SealingPublicKey.count),
        StatedSize("AskAndAnswer", "One to # positions", Ask.maximumPositions),
        StatedSize("AskAndAnswer", "ascending, # bytes |", Answer.partialCount),
        StatedSize("Statements", "`consents` is 1 … # of", Release.maximumConsents),
        StatedSize("Statements", "consents ascending, # ids in all", Release.maximumIDs),
        StatedSize("Statements", "sealing is base64 of # bytes", SealingPublicKey.count),
        StatedSize("State", "| 4 | `u32` version: # |", Int(LedgerState.snapshotVersion)),
        StatedSize("KeyFiles", "| # | `D(\"storage-key\")` |", D("storage-key").count),
        StatedSize("KeyFiles", "| # | `D(\"sub-keys\")` |", D("sub-keys").count),
        StatedSize("VaultDirectory", "the identity's sealing public key, # bytes", SealingPublicKey.count),
        StatedSize("Design", "a description of the body, padded to # bytes", SegmentLabel.paddedCount),
        StatedSize("Design", "A `release` names at most # ids", Release.maximumIDs),
    ]
}

/// Sizes of artefacts that the program makes here.
extension StatedSize {
    fileprivate static func made() throws -> [StatedSize] {
        let identity = try SealingPrivateKey()
        let device = SigningKey()
        let app = try AppName("code")
        let time = Day(20_781).start
        let record = Record(time: time, object: .object([.init("text", .string("a"))]), tiles: nil)
        let segment = try SealedSegment.seal(
            [record], kind: .keys, app: app, device: device, to: identity.publicKey)
        let journal = try JournalWriter(
            kind: .keys, app: app, device: device.publicKey, opened: time, to: identity.publicKey)
        let first = Journal.prologue(kind: .keys, app: app, device: device.publicKey, opened: time)
        return [
            StatedSize("Segment", "A sealed box of # bytes: the 32-byte **content key**", segment.header.count),
            StatedSize("Segment", "A sealed label is # bytes.", segment.label.count),
            StatedSize("Journal", "| # | … | frames |", journal.prologue.count - 4 - first.count - 16),
            StatedSize("Journal", "| has at most # bytes, or ends inside frame 0 |", segment.header.count + 4),
            StatedSize("Deposit", "| m × # | `u16` mask ‖ `k_A` (32), masks ascending |", try subKeyCount()),
            StatedSize(
                "KeyFiles", "on another medium than the broker's folder, mode 0600, # bytes:", try storageKeyCount()),
        ]
    }

    /// How many bytes of a deposit each sub-key takes.
    private static func subKeyCount() throws -> Int {
        let group = try GroupShape(name: "company", threshold: 2, count: 3)
        let deposit = Deposit(
            root: SymmetricKey(size: .bits256), roster: Hash256(of: []), groups: [group],
            pseudonym: SigningKey().publicKey, group: group, broker: 0)
        return (deposit.encoded.count - 4 - 32 * deposit.commitments.count) / deposit.subKeys.count
    }

    private static func storageKeyCount() throws -> Int {
        let file = FileManager.default.temporaryDirectory.appending(path: "storage-key-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try StorageKeyFile(path: file.path).create()
        return try Data(contentsOf: file).count
    }
}
