import Broker
import Crypto
import Foundation
import Keys
import Ledger
import Rules
import Sealing
import Vault

@testable import Drill

/// A small organisation in a folder, as its machines would leave it: charter and keys, a ledger, four brokers with the
/// sub-keys of one consent, an employee's vault, a lake with one page of what she typed, a job with a grant.
struct SmallWorld {
    static let now: Milliseconds = 1_795_521_600_000
    static let origin = "ledger.example/drill"
    static let words = "the canary sings in the mine at dawn"

    let directory: String
    let job = OrgKeyFile.fresh(.job, "job")

    private let keys: [String: OrgKeyFile]
    private let terms: CharterTerms
    private let seed = Random.bytes(IdentitySeed.count)
    private var entries: [Bytes] = []

    /// With `generous` the first broker was given every sub-key of its group.
    init(generous: Bool = false) throws {
        directory = NSTemporaryDirectory() + "coffer-drill-world-\(UInt64.random(in: 0...UInt64.max))"
        for name in ["servers/ledger", "storage", "org", "lake", "log", "employee/data"] {
            try Folders.create("\(directory)/\(name)", mode: 0o700)
        }
        var keys: [String: OrgKeyFile] = [:]
        let roles: [(OrgRole, [String])] = [
            (.ledger, ["ledger"]), (.broker, ["acme-1", "acme-2", "acme-3", "council-1"]),
            (.witness, ["north"]), (.reviewer, ["privacy", "works"]), (.halter, ["emergency"]), (.desk, ["desk"]),
        ]
        for (role, names) in roles {
            for name in names {
                keys[name] = .fresh(role, name)
                try keys[name]?.write(to: "\(directory)/org/\(name)")
            }
        }
        self.keys = keys
        terms = try Self.terms(keys)
        try fill(generous: generous)
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    private static func terms(_ keys: [String: OrgKeyFile]) throws -> CharterTerms {
        func key(_ name: String) throws -> OrgKeyFile {
            guard let key = keys[name] else { throw CofferError(.bug, "no key of \(name)") }
            return key
        }
        func group(_ name: String, _ threshold: Int, _ brokers: [String], _ side: Side) throws -> CharterTerms.Group {
            let brokers = try brokers.map { broker in
                let key = try key(broker)
                guard let cosigner = key.cosignerKey, let sealing = key.sealingKey else {
                    throw CofferError(.bug, "not a broker's key")
                }
                return CharterTerms.Broker(
                    name: broker, operator: name, side: side, noteKey: key.noteKey.publicKey,
                    cosigner: cosigner.publicKey, sealing: sealing.publicKey, url: "http://\(broker).example")
            }
            return CharterTerms.Group(name: name, threshold: threshold, brokers: brokers)
        }
        func officer(_ name: String, _ side: Side) throws -> CharterTerms.Officer {
            CharterTerms.Officer(name: name, key: try key(name).noteKey.publicKey, side: side)
        }
        guard let witness = try key("north").cosignerKey else { throw CofferError(.bug, "not a witness's key") }
        return CharterTerms(
            demo: false, ledgerKey: try key("ledger").noteKey.publicKey, ledgerURL: "http://ledger.example",
            groups: [
                try group("company", 2, ["acme-1", "acme-2", "acme-3"], .company),
                try group("council", 1, ["council-1"], .employees),
            ],
            witnesses: [.init(name: "north", key: witness.publicKey, url: "http://north.example")],
            reviewers: [try officer("privacy", .company), try officer("works", .employees)],
            halters: [try officer("emergency", .employees)], desk: try officer("desk", .employees),
            deskURL: "http://desk.example", reviewQuorum: 2, resumeQuorum: 2, rate: 1000, minimumWindow: 0,
            minimumNotice: 0, lake: "/nowhere")
    }

    private func identity() throws -> IdentitySeed {
        var memory = try SecretMemory(count: seed.count)
        memory.withMutableBytes { $0.copyBytes(from: seed) }
        return try IdentitySeed(memory)
    }

    private var heading: Heading { Heading(origin: Self.origin, until: Self.now + 3_600_000) }

    /// Signs, writes it down as an entry, and gives its hash.
    @discardableResult
    private mutating func log(_ statement: some StatementContent, by signers: [SigningKey]) throws -> Hash256 {
        var note = try SignedNote(text: statement.text, signatures: [])
        for signer in signers { note.sign(with: signer) }
        entries.append(Entry(stamp: Self.now - 60_000, note: note.encoded).encoded)
        return statement.hash
    }

    private func signers(_ names: String...) -> [SigningKey] { names.compactMap { keys[$0]?.noteKey } }

    private mutating func fill(generous: Bool) throws {
        let charter = Charter(heading: heading, terms: terms)
        let roster = try log(
            charter,
            by: signers("ledger", "acme-1", "acme-2", "acme-3", "council-1", "privacy", "works", "emergency", "desk"))
        var note = try SignedNote(text: charter.text, signatures: [])
        for key in keys.values where key.role != .witness { note.sign(with: key.noteKey) }
        try Data(note.encoded).write(to: URL(filePath: directory + "/charter"))

        let identity = try identity()
        let pseudonym = identity.pseudonym(0)
        let root = ReplicatedPRF.consentRoot(identity.consentRoot(), pseudonym: pseudonym.publicKey)
        let app = try AppName("editor")
        let today = Day(of: Self.now)
        try log(Enrol(heading: heading, charter: roster, pseudonyms: [pseudonym.publicKey]), by: signers("desk"))
        let purpose = try log(
            Purpose(
                heading: heading, name: "completion", text: "Train it.", basis: "consent", owner: "research",
                kinds: [.keys], apps: [app], outputs: "weights", notice: 0, pages: 100,
                ends: Self.now + 10 * millisecondsPerDay), by: signers("privacy", "works"))
        let scope = try Scope(kinds: [.keys], apps: [app], from: today - 9, until: today)
        let salt = Scope.salt(root: root)
        let commitments = ReplicatedPRF.commitments(
            root: root, roster: roster, groups: terms.shapes, pseudonym: pseudonym.publicKey)
        let consent = try log(
            Consent(
                heading: heading, pseudonym: pseudonym.publicKey, purpose: purpose, rosterHash: roster,
                subKeys: ReplicatedPRF.commitment(ofAll: commitments), scope: scope.commitment(salt: salt), window: 0,
                expires: Self.now + 5 * millisecondsPerDay), by: [pseudonym])
        try log(
            Grant(
                heading: heading, purpose: purpose, job: job.noteKey.publicKey, kinds: [.keys], apps: [app],
                from: today - 2, to: today - 2, pages: 100, expires: Self.now + 5 * millisecondsPerDay),
            by: signers("privacy", "works") + [job.noteKey])
        try publish()
        try deposit(root: root, roster: roster, consent: consent, generous: generous)
        try offer(consent, root: root, roster: roster, scope: scope, salt: salt, app: app, day: today - 2)
    }

    private func publish() throws {
        _ = try CopiedLog(
            directory: directory + "/servers/ledger", origin: Self.origin, key: signers("ledger")[0], terms: terms,
            custody: Custody(directory: directory + "/org"), entries: entries, now: { Self.now - 30_000 })
    }

    private func deposit(root: SymmetricKey, roster: Hash256, consent: Hash256, generous: Bool) throws {
        for (group, shape) in zip(terms.groups, terms.shapes) {
            for (number, broker) in group.brokers.enumerated() {
                let place = "\(directory)/servers/\(broker.name)/store"
                try Folders.create(place, mode: 0o700)
                let slots = StorageKeyFile(path: "\(directory)/storage/\(broker.name)")
                try slots.create()
                let store = try SubKeyStore(directory: place, slots: slots)
                let masks = generous && number == 0 ? shape.masks : shape.masks(heldBy: number)
                try store.store(
                    masks.map { mask in
                        SubKey(
                            mask: mask,
                            key: ReplicatedPRF.subKey(root: root, roster: roster, group: group.name, mask: mask))
                    }, of: consent)
            }
        }
    }

    /// Her vault, and in the lake what she offered: the body, a page, an index.
    private func offer(
        _ consent: Hash256, root: SymmetricKey, roster: Hash256, scope: Scope, salt: Hash256, app: AppName, day: Day
    ) throws {
        let identity = try identity()
        let sealing = try identity.sealingKey()
        let vault = try VaultDirectory.create(at: directory + "/employee/data/vault", sealing: sealing.publicKey)
        let start = day.start + 32_400_000
        let records = Self.words.enumerated().flatMap { i, character in
            ["press", "release"].enumerated().map { j, type in
                let key = character == " " ? "space" : String(character)
                return Record(
                    time: start + Milliseconds(clamping: i * 90 + j * 40),
                    object: .object([
                        .init("type", .string(type)), .init("key", .string(key)), .init("source", .string("device")),
                    ]))
            }
        }
        let segment = try SealedSegment.seal(
            records, kind: .keys, app: app, device: vault.deviceKey(), to: sealing.publicKey)
        let key = try SegmentOpening.contentKey(header: segment.header, with: sealing)
        let label = try SegmentOpening.label(segment.label, key: key)
        try vault.store(segment, SegmentTimes(from: label.from, until: label.until, arrived: label.until))

        let pseudonym = identity.pseudonym(0)
        let item = PageItem(entry: PageEntry(label, device: 0), contentKey: key, object: try Hash256(Random.bytes(32)))
        try write(item.object, segment.body)
        let page = PageID.random()
        let x = ReplicatedPRF.x(consent: consent, page: page, kind: "keys", app: app.string, day: day)
        let line = IndexLine(page: page, kind: .keys, app: app, day: day, object: try Hash256(Random.bytes(32)))
        func pageKey(_ x: Hash256) -> SymmetricKey {
            ReplicatedPRF.pageKey(root: root, roster: roster, groups: terms.shapes, consent: consent, x: x)
        }
        try write(line.object, try Page.seal([item], x: x, key: pageKey(x), pseudonym: pseudonym))
        let index = try PageIndex(monday: day.monday, scope: scope, salt: salt, lines: [line])
        let indexX = PageIndex.x(consent: consent, monday: day.monday)
        try write(
            PageIndex.objectName(key: pageKey(indexX), r: 0),
            try index.seal(x: indexX, key: pageKey(indexX), pseudonym: pseudonym))
    }

    private func write(_ name: Hash256, _ bytes: Bytes) throws {
        try Data(bytes).write(to: URL(filePath: "\(directory)/lake/\(name.hex)"))
    }
}

extension OrgKeyFile {
    static func fresh(_ role: OrgRole, _ name: String) -> OrgKeyFile {
        do { return try OrgKeyFile(role: role, name: name) } catch { preconditionFailure("no key could be made") }
    }
}
