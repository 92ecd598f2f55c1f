import Broker
import CofferTestKit
import Crypto
import Ledger
import Messages
import Replica
import Rules
import Sealing

/// Real brokers in a world in which ann consents and the job has a release of three of her pages.
extension World {
    static func released() throws -> World {
        let world = try World()
        let release = try world.change { try $0.release(world.grant, [world.consent: world.pages]) }
        let verdict = try world.log(release, by: ["job"])
        guard verdict.isAccepted else { throw CofferError(.bug, "\(verdict)") }
        return world
    }

    var pages: [PageID] { [Scenario.page(1), Scenario.page(2), Scenario.page(3)].sorted() }
    var day: Day { Day(of: Scenario.noon) - 3 }

    /// The first release.
    var release: Hash256 {
        state.releases.min { $0.value.mark.index < $1.value.mark.index }?.key ?? Hash256(of: [])
    }

    func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Where a broker keeps the states that it signed.
    func states(_ name: String = "acme-1") -> SignedSnapshotFile {
        SignedSnapshotFile(
            directory: path(name) + "/state", key: Scenario.key(name), origin: Scenario.origin, now: clock.read)
    }

    /// A broker's process: opens its folder, replays it or goes on from its state, follows once unless told not to.
    func start(_ name: String = "acme-1", following: Bool = true) async throws -> Broker {
        let directory = try directory(name)
        let slots = StorageKeyFile(path: path(name + ".storage"))
        if !slots.exists { try slots.create() }
        let follower = follower(name, now: clock.read)
        let broker = try Broker(
            noteKey: Scenario.key(name), sealingKey: try Scenario.sealingKey(name), origin: Scenario.origin,
            follower: follower, subKeys: try SubKeyStore(directory: directory, slots: slots),
            stopDirectory: directory + "/stops",
            now: clock.read)
        try await broker.replay()
        if following { try await broker.follow() }
        return broker
    }

    private func follower(_ name: String, now: (@Sendable () -> Milliseconds)?) -> Follower {
        let directory = path(name)
        return Follower(
            pin: Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: ""),
            store: LedgerDirectory(TileDirectory(path: directory + "/ledger")), sources: [ledger],
            evidence: EvidenceDirectory(path: directory + "/evidence"), retention: .needed, snapshots: states(name),
            now: now)
    }

    /// What a broker that holds no checkpoint off would have stored.
    func followWithoutClock(_ name: String) async throws {
        _ = try await follower(name, now: nil).follow()
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
            root: try root ?? offer().employee.root, roster: scenario.charter.hash, groups: scenario.terms.shapes,
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
