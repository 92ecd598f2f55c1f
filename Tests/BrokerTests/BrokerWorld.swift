import Broker
import CofferTestKit
import Crypto
import Foundation
import Ledger
import Messages
import Replica
import Rules
import Sealing

/// Four brokers in the usual charter, a person with pages, a job with a grant and a release of three pages.
final class BrokerWorld {
    let clock = ManualClock()
    var scenario = Scenario()
    let ledger: ServedLog
    let root: String
    let consentRoot: SymmetricKey
    private(set) var purpose = Hash256(of: [])
    private(set) var grant = Hash256(of: [])
    private(set) var consent = Hash256(of: [])
    private(set) var release = Hash256(of: [])
    let pages = [Scenario.page(1), Scenario.page(2), Scenario.page(3)].sorted()
    var day: Day { Day(of: Scenario.noon) - 3 }

    init() throws {
        root = NSTemporaryDirectory() + "coffer-brokers-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        consentRoot = ReplicatedPRF.consentRoot(
            SymmetricKey(data: Hash256(of: Bytes("ann".utf8)).bytes), pseudonym: Scenario.publicKey("ann"))
        ledger = try ServedLog(scenario)
        scenario.submit(scenario.enrol(["ann", "bob"]), by: ["desk"])
        let purpose = scenario.purpose()
        scenario.submit(purpose, by: Scenario.reviewers)
        self.purpose = purpose.hash
        let commitments = ReplicatedPRF.commitments(
            root: consentRoot, roster: scenario.charter.hash, groups: scenario.terms.shapes,
            pseudonym: Scenario.publicKey("ann"))
        let consent = Consent(
            heading: scenario.heading(), pseudonym: Scenario.publicKey("ann"), purpose: purpose.hash,
            rosterHash: scenario.charter.hash, subKeys: ReplicatedPRF.commitment(ofAll: commitments),
            scope: Hash256(of: [1]), window: 3_600_000, expires: scenario.now + 30 * millisecondsPerDay)
        scenario.submit(consent, by: ["ann"])
        self.consent = consent.hash
        let grant = scenario.grant(purpose.hash)
        scenario.submit(grant, by: ["job"] + Scenario.reviewers)
        self.grant = grant.hash
        try advance(3_600_000)
        let release = try scenario.release(grant.hash, [consent.hash: pages])
        scenario.submit(release, by: ["job"])
        self.release = release.hash
        try publish()
        guard scenario.verdicts.allSatisfy(\.isAccepted) else { throw CofferError(.bug, "\(scenario.verdicts)") }
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// Time passes for the ledger, its cosigners and the brokers alike.
    func advance(_ milliseconds: Milliseconds) throws {
        clock.advance(by: milliseconds)
        scenario.now = clock.now
    }

    func publish() throws { try ledger.serve(scenario, at: clock.now) }

    /// Appends, and everybody can see it.
    @discardableResult
    func log(_ statement: some StatementContent, by signers: [String]) throws -> Verdict {
        let verdict = scenario.submit(statement, by: signers)
        try publish()
        return verdict
    }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    /// Where a broker keeps the states that it signed.
    func states(_ name: String = "acme-1") -> SignedSnapshotFile {
        SignedSnapshotFile(
            directory: path(name) + "/state", key: Scenario.key(name), origin: Scenario.origin, now: clock.read)
    }

    /// A broker's process: opens its folder, replays it or goes on from its state, follows once unless told not to.
    func start(_ name: String = "acme-1", following: Bool = true) async throws -> Broker {
        let directory = path(name)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let slots = StorageKeyFile(path: path(name + ".storage"))
        if !slots.exists { try slots.create() }
        let pin = Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: "")
        let follower = Follower(
            pin: pin, store: LedgerDirectory(TileDirectory(path: directory + "/ledger")), sources: [ledger],
            evidence: EvidenceDirectory(path: directory + "/evidence"), retention: .needed, snapshots: states(name))
        let broker = try Broker(
            noteKey: Scenario.key(name), sealingKey: try Scenario.sealingKey(name), origin: Scenario.origin,
            follower: follower, subKeys: try SubKeyStore(directory: directory, slots: slots),
            stopDirectory: directory + "/stops",
            now: clock.read)
        try await broker.replay()
        if following { try await broker.follow() }
        return broker
    }

    /// Ann's deposit with a broker, over the messages of the protocol.
    func deposit(_ broker: Broker, named name: String = "acme-1") async throws {
        let receipt = try await broker.deposit(consent.bytes + box(for: broker, named: name))
        let note = try SignedNote(parsing: receipt)
        _ = try Receipt(.deposit, note: note, origin: Scenario.origin, statement: consent, broker: broker.key)
    }

    func request(_ broker: Broker, by pseudonym: String = "ann", consent: Hash256? = nil) throws -> Bytes {
        let request = DepositKeyRequest(
            origin: Scenario.origin, id: Random.bytes(16), until: clock.now + 600_000, consent: consent ?? self.consent,
            broker: broker.key)
        return try SignedNote.message(request.text, by: Scenario.key(pseudonym)).encoded
    }

    func box(for broker: Broker, named name: String) async throws -> Bytes {
        let issued = try SignedNote(parsing: try await broker.depositKey(try request(broker)))
        let key = try DepositKeyIssued(parsing: issued.text).key
        return try seal(for: name, to: key)
    }

    func seal(for name: String, to key: SealingPublicKey, root: SymmetricKey? = nil) throws -> Bytes {
        let groups = scenario.terms.groups
        guard let group = groups.firstIndex(where: { $0.brokers.contains { $0.name == name } }),
            let number = groups[group].brokers.firstIndex(where: { $0.name == name })
        else { throw CofferError(.bug, "no such broker") }
        let deposit = Deposit(
            root: root ?? consentRoot, roster: scenario.charter.hash, groups: scenario.terms.shapes,
            pseudonym: Scenario.publicKey("ann"), group: scenario.terms.shapes[group], broker: number)
        return try deposit.seal(to: key, origin: Scenario.origin, consent: consent)
    }

    func positions(_ count: Int = 3) -> [AskPosition] {
        (0..<count).map { AskPosition(at: UInt32($0), kind: "keys", app: "code", day: day) }
    }

    /// What the job sends to a broker.
    func body(
        _ positions: [AskPosition], to name: String = "acme-1", release: Hash256? = nil, by job: String = "job",
        recipient: String = "recipient"
    ) throws -> (ask: Ask, body: Bytes) {
        let release = release ?? self.release
        let ask = Ask(
            origin: Scenario.origin, release: release, recipient: try Scenario.sealingKey(recipient).publicKey,
            positions: positions)
        let key = try Scenario.sealingKey(name).publicKey
        let info = HPKEInfo.statement(.ask, origin: Scenario.origin, statement: release, recipient: key)
        let note = try SignedNote.message(ask.text, by: Scenario.key(job))
        return (ask, release.bytes + (try SealedBox.seal(note.encoded, to: key, info: info)))
    }

    func ask(
        _ broker: Broker, _ positions: [AskPosition]? = nil, of release: Hash256? = nil, to name: String = "acme-1"
    ) async throws -> SealedAnswer {
        let (ask, body) = try body(positions ?? self.positions(), to: name, release: release)
        let box = try await broker.ask(body)
        let shape = scenario.terms.shapes[name.hasPrefix("council") ? 1 : 0]
        return try SealedAnswer(
            opening: box, with: try Scenario.sealingKey("recipient"), to: ask, broker: broker.key,
            masks: shape.masks(heldBy: 0).count)
    }

    /// The note of a stopping statement.
    func note(_ statement: some StatementContent, by signers: [String]) -> Bytes {
        Scenario.note(statement, by: signers)
    }
}
