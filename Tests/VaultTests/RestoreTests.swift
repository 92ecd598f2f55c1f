import CofferTestKit
import Foundation
import Lake
import Ledger
import Replica
import Rules
import Sealing
import Testing

@testable import Keyholder
@testable import Vault

/// The lost laptop, and the renewed identity.
@Suite("Restoring and renewing")
struct RestoreTests {
    private let world: World
    private let ann: Person

    init() throws { (world, ann) = try Person.withPurpose() }

    /// Another machine with the seed and nothing else.
    private func elsewhere() async throws -> (Person, Restorer.Restored) {
        let path = world.path + "/new"
        let seed = try ann.seed()
        let directory = try VaultDirectory.create(at: path, sealing: try seed.sealingKey().publicKey)
        let vault = try OpenVault(directory, keys: try VaultKeys(of: seed))
        try vault.certifyThisDevice(now: world.clock.now)
        let programme = try world.programme("new")
        let restored = try await Restorer(vault, programme: programme)
            .restore(seed, state: try await programme.follow().state)
        return (try Person(world, name: "new", seedBytes: ann.seedBytes, create: false), restored)
    }

    @Test("Restoring reads every offered page again")
    func everyOfferedPageIsReadAgain() async throws {
        try ann.record(5)
        try ann.record(3, at: ann.twoDaysAgo - millisecondsPerDay)
        try ann.record(9, app: try AppName("mail"))
        try await ann.consent()
        try await ann.sync()
        let (again, restored) = try await elsewhere()
        #expect(restored.consents == 1 && restored.pages == 2 && restored.segments == 2 && restored.missing == 0)
        #expect(restored.pseudonyms == 8)
        let found = try again.open.refresh(now: world.clock.now)
        #expect(found.alarms.isEmpty)
        var records: [Record] = []
        for segment in found.segments { records += try again.open.records(of: segment) }
        #expect(records.count == 8)
        #expect(found.segments.allSatisfy { $0.device != (try? ann.directory.deviceKey().publicKey) })
    }

    @Test("No earlier device is certified")
    func noEarlierDeviceIsCertified() async throws {
        let (again, _) = try await elsewhere()
        let lost = try ann.directory.deviceKey().publicKey
        #expect(try !again.open.certificates().certifies(lost))
        #expect(try !again.open.certificates().certifies(try ann.open.device.publicKey))
    }

    @Test("After restoring nothing is offered twice, and erasing works")
    func restoringOffersNothingTwiceAndCanErase() async throws {
        let consent: Hash256
        try ann.record(5)
        consent = try await ann.consent()
        try await ann.sync()
        let (again, _) = try await elsewhere()
        again.keys = ann.keys
        #expect(try await again.sync().pages.isEmpty)
        // And what is erased there is erased.
        let id = try #require(try again.directory.segmentIDs().first)
        #expect(try again.directory.remove([id]).pages.count == 1)
        try await again.sync()
        #expect(try await world.read(consent, weeks: ann.weeks).lines.isEmpty)
    }

    @Test("The new device never takes an old number")
    func theNewDeviceNeverTakesAnOldNumber() async throws {
        try ann.record(5)
        try await ann.consent()
        try await ann.sync()
        let (again, _) = try await elsewhere()
        var record = try #require(try again.open.consents().first)
        #expect(try record.number(of: SigningKey().publicKey) == 1)
    }

    @Test("Erased pages stay erased")
    func erasedPagesStayErased() async throws {
        let a = try ann.record(5)
        try await ann.consent()
        try await ann.sync()
        _ = try ann.directory.remove([a])
        try await ann.sync()
        let (_, restored) = try await elsewhere()
        #expect(restored.pages == 0 && restored.segments == 0)
    }

    @Test("A missing body is counted and does not stop restoring")
    func aMissingBodyIsCountedNotFatal() async throws {
        try ann.record(5)
        try await ann.consent()
        try await ann.sync()
        try await world.lake.delete(try #require(try ann.directory.offeredPages().first?.segments.first?.object))
        let (_, restored) = try await elsewhere()
        #expect(restored.missing == 1 && restored.segments == 0)
    }

    @Test("Renewing keeps ids, and only the new key opens")
    func renewingKeepsIdsAndOpensUnderTheNewKeyOnly() async throws {
        let id = try ann.record(5)
        _ = try ann.directory.withhold([id])
        try ann.directory.markElsewhere([id])
        let new = try VaultKeys(of: try IdentitySeed())
        let count = try ann.open.renew(as: new, at: world.path + "/next", state: world.state, now: world.clock.now)
        #expect(count == 1)
        let directory = try VaultDirectory(path: world.path + "/next")
        let vault = try OpenVault(directory, keys: new)
        let segment = try #require(try vault.refresh(now: world.clock.now).segments.first)
        #expect(segment.id == id)
        #expect(try directory.withheld() == [id] && directory.elsewhere() == [id])
        #expect(try vault.records(of: segment).count == 5)
        #expect(throws: SealingError.notAuthentic) {
            try SegmentOpening.contentKey(header: try directory.header(id), with: try ann.seed().sealingKey())
        }
    }

    @Test("Renewing with live consents is refused")
    func renewingWithLiveConsentsIsRefused() async throws {
        try await ann.consent()
        let new = try VaultKeys(of: try IdentitySeed())
        let state = try await ann.programme.follow().state
        #expect(throws: CofferError(.refused, "", rule: "key.consents")) {
            try ann.open.renew(as: new, at: world.path + "/next", state: state, now: world.clock.now)
        }
    }
}
