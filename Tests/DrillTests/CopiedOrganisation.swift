import Broker
import CofferTestKit
import Foundation
import Keys
import Ledger
import Replica
import Rules
import Sealing
import Vault

@testable import Drill

/// An organisation in a directory, as its machines would leave it: charter and keys, a ledger, four brokers with the
/// sub-keys of one consent, an employee's vault, a lake with one page of what she typed, a job with a grant.
struct CopiedOrganisation {
    static let now = Scenario.noon
    static let words = "the canary sings in the mine at dawn"

    let directory: String
    private let organisation: Organisation
    private var entries: [Bytes] = []

    var job: OrgKeyFile { get throws { try organisation.key("job") } }

    /// With `generous` the first broker was given every sub-key of its group.
    init(generous: Bool = false) throws {
        directory = NSTemporaryDirectory() + "coffer-drill-world-\(UInt64.random(in: 0...UInt64.max))"
        for name in ["servers/ledger", "storage", "org", "lake", "log", "employee/data"] {
            try Folders.create("\(directory)/\(name)", mode: 0o700)
        }
        organisation = try Organisation(now: Self.now, terms: { $0.lake = "/nowhere" })
        for (name, key) in organisation.keys where key.role != .job { try key.write(to: "\(directory)/org/\(name)") }
        try Data(organisation.charter.note.encoded).write(to: URL(filePath: directory + "/charter"))
        let offer = try fill()
        try publish()
        try deposit(offer, generous: generous)
        try publish(offer)
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    private var heading: Heading { Heading(origin: Organisation.origin, until: Self.now + 3_600_000) }

    /// Signs, writes it down as an entry, and gives its hash.
    @discardableResult
    private mutating func log(
        _ statement: some StatementContent, by names: [String], and others: [SigningKey] = []
    ) throws -> Hash256 {
        let note = try organisation.sign(statement, names, and: others)
        entries.append(Entry(stamp: Self.now - 60_000, note: note.encoded).encoded)
        return statement.hash
    }

    private mutating func fill() throws -> Offer {
        let charter = organisation.charter
        entries.append(Entry(stamp: Self.now - 60_000, note: charter.note.encoded).encoded)
        let app = try AppName("editor")
        let today = Day(of: Self.now)
        let ann = try Employee("ann", scope: Scope(kinds: [.keys], apps: [app], from: today - 9, until: today))
        let pseudonym = ann.pseudonym.publicKey
        try log(Enrol(heading: heading, charter: charter.hash, pseudonyms: [pseudonym]), by: ["desk"])
        let purpose = try log(
            Purpose(
                heading: heading, name: "completion", text: "Train it.", basis: "consent", owner: "research",
                kinds: [.keys], apps: [app], outputs: "weights", notice: 0, pages: 100,
                ends: Self.now + 10 * millisecondsPerDay), by: ["privacy", "works"])
        let consent = try log(
            Consent(
                heading: heading, pseudonym: pseudonym, purpose: purpose, rosterHash: charter.hash,
                subKeys: ann.subKeyCommitment(roster: charter.hash, groups: charter.terms.shapes),
                scope: ann.scopeCommitment, window: 0, expires: Self.now + 5 * millisecondsPerDay),
            by: [], and: [ann.pseudonym])
        try log(
            Grant(
                heading: heading, purpose: purpose, job: try job.noteKey.publicKey, kinds: [.keys], apps: [app],
                from: today - 2, to: today - 2, pages: 100, expires: Self.now + 5 * millisecondsPerDay),
            by: ["privacy", "works", "job"])
        return Offer(ann, consent: consent, roster: charter.hash, groups: charter.terms.groups)
    }

    private func publish() throws {
        _ = try CopiedLog(
            directory: directory + "/servers/ledger", origin: Organisation.origin,
            key: try organisation.key("ledger").noteKey, terms: organisation.charter.terms,
            custody: Custody(directory: directory + "/org"), entries: entries, now: { Self.now - 30_000 })
    }

    private func deposit(_ offer: Offer, generous: Bool) throws {
        for (group, shape) in zip(offer.groups, offer.groups.shapes) {
            for (number, broker) in group.brokers.enumerated() {
                let store = "\(directory)/servers/\(broker.name)/store"
                try Folders.create(store, mode: 0o700)
                let slots = StorageKeyFile(path: "\(directory)/storage/\(broker.name)")
                try slots.create()
                let masks = generous && number == 0 ? shape.masks : shape.masks(heldBy: number)
                try SubKeyStore(directory: store, slots: slots).store(
                    masks.map { SubKey(mask: $0, key: offer.subKey(of: group, mask: $0)) }, of: offer.consent)
            }
        }
    }

    /// Her vault, and in the lake what she offered: the body, a page, an index.
    private func publish(_ offer: Offer) throws {
        let sealing = offer.employee.sealing
        let vault = try VaultDirectory.create(at: directory + "/employee/data/vault", sealing: sealing.publicKey)
        let day = Day(of: Self.now) - 2
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
        let page = try offer.page(.keys, AppName("editor"), [records], day: day, device: vault.deviceKey())
        let end = records[records.count - 1].time
        for segment in page.segments {
            try vault.store(segment, SegmentTimes(from: start, until: end, arrived: end))
        }
        let index = try offer.index([page], monday: day.monday)
        for (name, bytes) in page.objects.merging([index.name: index.bytes], uniquingKeysWith: { $1 }) {
            try Data(bytes).write(to: URL(filePath: "\(directory)/lake/\(name.hex)"))
        }
    }
}
