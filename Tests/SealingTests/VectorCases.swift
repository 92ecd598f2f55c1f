import CofferTestKit
import Crypto
import Foundation

@testable import Sealing

// The cases of the files in Tests/Vectors. Bytes are hex strings, texts and numbers are themselves.

struct IdentityCase: Codable {
    let seed: HexBytes
    let sealingSeed: HexBytes, sealingPublicKey: HexBytes
    let indexKey: HexBytes, consentRoot: HexBytes
    let pseudonyms: [HexBytes]
    let passphrase: HexBytes, salt: HexBytes, nonce: HexBytes, file: HexBytes
}

struct RecoveryCase: Codable {
    let seed: HexBytes
    let groups: [String]
}

struct ChunkedCase: Codable {
    let key: HexBytes, context: HexBytes, salt: HexBytes, plaintext: HexBytes, file: HexBytes
}

struct BoxCase: Codable {
    let seed: HexBytes, publicKey: HexBytes, info: HexBytes, plaintext: HexBytes, box: HexBytes
}

struct MessagesCase: Codable {
    let seed: HexBytes, publicKey: HexBytes, info: HexBytes, encapsulated: HexBytes
    let plaintexts: [HexBytes], messages: [HexBytes]
}

struct PythonBoxCase: Codable {
    let seed: HexBytes, info: HexBytes, plaintext: HexBytes, box: HexBytes
}

struct GroupCase: Codable, Equatable {
    let name: String, threshold: Int, count: Int

    init(_ shape: GroupShape) {
        name = shape.name
        threshold = shape.threshold
        count = shape.count
    }

    var shape: GroupShape { get throws { try GroupShape(name: name, threshold: threshold, count: count) } }
}

struct PRFCase: Codable {
    let groups: [GroupCase]
    let consentRoot: HexBytes, pseudonym: HexBytes, roster: HexBytes
    let root: HexBytes
    /// Per group, masks ascending.
    let masks: [[UInt16]]
    let subKeys: [[HexBytes]]
    let commitments: [HexBytes]
    let commitment: HexBytes
    let consent: HexBytes, page: HexBytes, kind: String, app: String, day: Day
    let x: HexBytes
    let partials: [[HexBytes]]
    let pageKey: HexBytes
}

struct RecordCase: Codable {
    let time: Milliseconds
    /// The JSON text.
    let object: String
    let tiles: HexBytes?

    init(_ record: Record) {
        time = record.time
        object = String(decoding: record.json, as: UTF8.self)
        tiles = record.tiles.map { HexBytes($0) }
    }

    var record: Record {
        get throws { Record(time: time, object: try CanonicalJSON(parsing: object.utf8), tiles: tiles?.bytes) }
    }
}

struct SegmentCase: Codable {
    let seed: HexBytes, deviceSeed: HexBytes
    let key: HexBytes, bodySalt: HexBytes, labelSalt: HexBytes, nonce: HexBytes
    let kind: String, app: String, device: HexBytes, from: Milliseconds, until: Milliseconds
    let records: [RecordCase]
    let id: HexBytes, header: HexBytes, body: HexBytes, label: HexBytes
}

struct JournalCase: Codable {
    let seed: HexBytes, key: HexBytes
    let kind: String, app: String, device: HexBytes, opened: Milliseconds
    let records: [RecordCase]
    /// `whole`, `torn` or `damaged`.
    let ending: String
    /// How many bytes at the end were not read.
    let lost: Int
    let file: HexBytes
}

struct DepositCase: Codable {
    let groups: [GroupCase], group: String, broker: Int
    let root: HexBytes, roster: HexBytes, pseudonym: HexBytes, commitment: HexBytes
    let plaintext: HexBytes
    let oneTimeSeed: HexBytes, origin: String, consent: HexBytes, box: HexBytes
}

struct PageItemCase: Codable {
    let kind: String, app: String, device: UInt16, from: Milliseconds, until: Milliseconds, count: UInt32
    let bodyHash: HexBytes, contentKey: HexBytes, object: HexBytes

    init(_ item: PageItem) {
        kind = item.entry.kind.rawValue
        app = item.entry.app.string
        device = item.entry.device
        from = item.entry.from
        until = item.entry.until
        count = item.entry.count
        bodyHash = HexBytes(item.entry.bodyHash.bytes)
        contentKey = item.contentKey.withBytes { HexBytes($0) }
        object = HexBytes(item.object.bytes)
    }

    var item: PageItem {
        get throws {
            guard let kind = Kind(rawValue: kind) else { throw FormatError.notCanonical }
            let entry = PageEntry(
                kind: kind, app: try AppName(app), device: device, from: from, until: until, count: count,
                bodyHash: try Hash256(bodyHash.bytes))
            return PageItem(
                entry: entry, contentKey: SymmetricKey(data: contentKey.bytes), object: try Hash256(object.bytes))
        }
    }
}

struct PageCase: Codable {
    let consent: HexBytes, page: HexBytes, kind: String, app: String, day: Day
    let x: HexBytes, key: HexBytes, pseudonymSeed: HexBytes, pseudonym: HexBytes, salt: HexBytes
    let items: [PageItemCase]
    /// Of the items' bodies, in their order.
    let bodyNames: [HexBytes]
    let file: HexBytes
}

struct IndexLineCase: Codable {
    let page: HexBytes, kind: String, app: String, day: Day, object: HexBytes
}

struct IndexCase: Codable {
    let consent: HexBytes, monday: Day, x: HexBytes, key: HexBytes
    let pseudonymSeed: HexBytes, pseudonym: HexBytes, salt: HexBytes
    /// The JSON text.
    let scope: String
    let scopeSalt: HexBytes, scopeCommitment: HexBytes
    let lines: [IndexLineCase]
    /// For r = 0, 1, 2.
    let objectNames: [HexBytes]
    /// Under a consent from rules version 3 on.
    let link: IndexLinkCase?
    let file: HexBytes
}

struct IndexLinkCase: Codable {
    let r: UInt32, device: UInt16, count: UInt32
    let previous: Place?
    /// 0 or 1.
    let closed: UInt8

    struct Place: Codable {
        let monday: Day, r: UInt32
    }

    init(_ link: IndexLink) {
        r = link.r
        device = link.device
        count = link.count
        previous = link.previous.map { Place(monday: $0.monday, r: $0.r) }
        closed = link.isClosed ? 1 : 0
    }

    func link() throws -> IndexLink {
        try IndexLink(
            r: r, device: device, count: count, previous: previous.map { .init(monday: $0.monday, r: $0.r) },
            isClosed: closed == 1)
    }
}

struct ArgonCase: Codable {
    let passphrase: HexBytes, salt: HexBytes, passes: UInt64, memory: Int, output: HexBytes
}
