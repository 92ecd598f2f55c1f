import Client
import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing

@testable import Keyholder
@testable import Vault

/// Someone with an identity, a vault and a machine in a world: what the commands do, without the commands.
final class Person {
    let world: World
    let directory: VaultDirectory
    let programme: LedgerAccess
    let seedBytes: Bytes
    var keys: [ConsentKeys] = []
    let code: AppName

    init(_ world: World, name: String = "ann", seedBytes: Bytes = Random.bytes(32), create: Bool = true) throws {
        self.world = world
        self.seedBytes = seedBytes
        code = try AppName("code")
        programme = try world.programme(name)
        let path = "\(world.path)/\(name)"
        let seed = try Self.seed(seedBytes)
        if create {
            directory = try VaultDirectory.create(at: path, sealing: try seed.sealingKey().publicKey)
            try OpenVault(directory, keys: try VaultKeys(of: seed)).certifyThisDevice(now: 1)
            let keys = (0..<8).map { seed.pseudonym($0).publicKey }
            world.change { scenario in
                let enrol = Enrol(
                    heading: scenario.heading(), charter: scenario.charter.hash, pseudonyms: keys.sorted())
                scenario.submit(enrol, by: ["desk"])
            }
        } else {
            directory = try VaultDirectory(path: path)
        }
    }

    /// A world of its own, with a purpose that asks for what she records.
    static func withPurpose() throws -> (World, Person) {
        let world = try World.empty()
        let person = try Person(world)
        person.purpose()
        return (world, person)
    }

    static func seed(_ bytes: Bytes) throws -> IdentitySeed {
        var memory = try SecretMemory(count: bytes.count)
        memory.withMutableBytes { $0.copyBytes(from: bytes) }
        return try IdentitySeed(memory)
    }

    func seed() throws -> IdentitySeed { try Self.seed(seedBytes) }
    var open: OpenVault { get throws { try OpenVault(directory, keys: try VaultKeys(of: try seed())) } }

    /// Two days before the world's noon.
    var twoDaysAgo: Milliseconds { world.clock.now - 2 * millisecondsPerDay }

    @discardableResult
    func record(_ count: Int, at time: Milliseconds? = nil, app: AppName? = nil, kind: Kind = .keys) throws -> Hash256 {
        let records = TemporaryVault.records(count, from: time ?? twoDaysAgo)
        let segment = try SealedSegment.seal(
            records, kind: kind, app: app ?? code, device: try directory.deviceKey(),
            to: try directory.sealingPublicKey())
        try directory.exclusively { () throws(CofferError) in
            let last = records[count - 1].time
            try directory.place(segment, SegmentTimes(from: records[0].time, until: last, arrived: last))
        }
        return segment.id
    }

    /// A purpose of that name in the ledger.
    func purpose(_ name: String = "autocomplete") {
        world.change { scenario in
            let purpose = scenario.purpose(name, notice: 0)
            scenario.submit(purpose, by: Scenario.reviewers)
        }
    }

    /// Consents, logs it and keeps the keys.
    @discardableResult
    func consent(_ choice: ConsentChoice = ConsentChoice(purpose: "autocomplete", window: 0)) async throws -> Hash256 {
        let state = try await programme.follow().state
        let prepared = try open.prepareConsent(choice, seed: try seed(), programme: programme, state: state)
        _ = try await programme.ledger(state).append(try SignedNote(parsing: prepared.record.note))
        keys.append(prepared.keys)
        return prepared.record.consent
    }

    @discardableResult
    func sync(offering: Bool = true, isAsked: Bool = false) async throws -> Syncer.SyncReport {
        try await Syncer(try open, consents: keys, programme: programme).sync(offering: offering, isAsked: isAsked)
    }

    /// The weeks around what was recorded.
    var weeks: [Day] {
        let monday = Day(of: world.clock.now).monday
        return [monday - 14, monday - 7, monday]
    }
}
