import CofferTestKit
import Crypto
import Rules
import Sealing
import Synchronization
import Testing

@testable import Job

/// One person who consents, her pages in a lake in memory, and brokers that hold her sub-keys.
final class EmployeeWorld: Sendable {
    /// 2026-11-23, a Monday.
    static let monday: Day = 20_780
    static let origin = "coffer.example/test"

    let pseudonym = SigningKey()
    let consent: Hash256
    let groups: [CharterTerms.Group]
    let lake: MemoryLake
    let root = SymmetricKey(size: .bits256)
    private let roster = Hash256(of: Array("roster".utf8))
    private let identity: SealingPrivateKey
    private let scope: Scope
    private let salt = Hash256(of: Array("salt".utf8))
    private let device = SigningKey()
    private let rounds = Mutex<[Day: UInt32]>([:])

    init(_ name: String = "ada", groups: [CharterTerms.Group], lake: MemoryLake = MemoryLake()) throws {
        self.lake = lake
        self.consent = Hash256(of: Array("consent of \(name)".utf8))
        self.groups = groups
        self.identity = try SealingPrivateKey()
        self.scope = try Scope(
            kinds: Kind.allCases, apps: [AppName("code"), AppName("xterm")], from: Self.monday - 70,
            until: Self.monday + 70)
    }

    var terms: ConsentTerms {
        ConsentTerms(
            hash: consent, pseudonym: pseudonym.publicKey, scope: scope.commitment(salt: salt), groups: groups)
    }

    func key(_ x: Hash256) -> SymmetricKey {
        ReplicatedPRF.pageKey(root: root, roster: roster, groups: groups.shapes, consent: consent, x: x)
    }

    /// A broker's partials for x, by its group and number.
    func partials(group: Int, broker: Int, x: Hash256) -> [Bytes] {
        let shape = groups.shapes[group]
        return shape.masks(heldBy: broker).map { mask in
            ReplicatedPRF.partial(
                key: ReplicatedPRF.subKey(root: root, roster: roster, group: shape.name, mask: mask), x: x)
        }
    }

    struct Published: Sendable {
        let line: IndexLine
        let bodies: [Hash256]
    }

    /// Seals records as segments, one a list, and a page of them. The index is another call's.
    func page(_ kind: Kind, _ app: String, _ segments: [[Record]], day: Day = monday) async throws -> Published {
        let app = try AppName(app)
        var items: [PageItem] = []
        for records in segments {
            let segment = try SealedSegment.seal(
                records, kind: kind, app: app, device: device, to: identity.publicKey)
            let key = try SegmentOpening.contentKey(header: segment.header, with: identity)
            let label = try SegmentOpening.label(segment.label, key: key)
            let name = Self.name()
            await lake.store(name, segment.body)
            items.append(PageItem(entry: PageEntry(label, device: 1), contentKey: key, object: name))
        }
        let id = PageID.random()
        let x = ReplicatedPRF.x(consent: consent, page: id, kind: kind.rawValue, app: app.string, day: day)
        let object = Self.name()
        await lake.store(object, try Page.seal(items, x: x, key: key(x), pseudonym: pseudonym))
        return Published(
            line: IndexLine(page: id, kind: kind, app: app, day: day, object: object), bodies: items.map(\.object))
    }

    /// The next r of a week's index.
    func index(_ pages: [Published], monday: Day = monday) async throws {
        let x = PageIndex.x(consent: consent, monday: monday)
        let r = rounds.withLock { rounds in
            defer { rounds[monday, default: 0] += 1 }
            return rounds[monday, default: 0]
        }
        let index = try PageIndex(monday: monday, scope: scope, salt: salt, lines: pages.map(\.line))
        await lake.store(
            PageIndex.objectName(key: key(x), r: r), try index.seal(x: x, key: key(x), pseudonym: pseudonym))
    }

    private static func name() -> Hash256 { Hash256(of: PageID.random().bytes) }
}

/// company 2-of-3 and council 1-of-1.
func exampleGroups() -> [CharterTerms.Group] {
    [
        Scenario.group("company", threshold: 2, (1...3).map { "company-\($0)" }, operator: "company", .company),
        Scenario.group("council", threshold: 1, ["council-1"], operator: "council", .employees),
    ]
}
