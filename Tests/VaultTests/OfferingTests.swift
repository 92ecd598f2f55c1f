import Vault
import CofferTestKit
import Foundation
import Lake
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Testing

@testable import Keyholder

/// From consent to what a job can read, and back.
@Suite("Offering pages")
struct OfferingTests {
    private let world: World
    private let ann: Person

    init() throws { (world, ann) = try Person.withPurpose() }

    @Test("A job reads what was consented to")
    func whatIsConsentedToIsRead() async throws {
        try ann.record(5)
        try ann.record(3, at: ann.twoDaysAgo + 60_000)
        try ann.record(4, app: try AppName("mail"))
        let consent = try await ann.consent()
        let report = try await ann.sync()
        #expect(report.receipts == 4 && report.pages.count == 1 && report.pending.isEmpty)
        let read = try await world.read(consent, weeks: ann.weeks)
        #expect(read.records.count == 8)
        // Nothing new: nothing is made.
        #expect(try await ann.sync().pages.isEmpty)
        #expect(try await world.read(consent, weeks: ann.weeks).lines.count == 1)
    }

    @Test("No page is made before every group has deposits")
    func noPagesBeforeEveryGroupHasDeposits() async throws {
        try ann.record(5)
        world.setDown(["council-1"])
        let consent = try await ann.consent()
        let report = try await ann.sync()
        #expect(report.pages.isEmpty && !report.pending.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: world.path + "/lake"))
        world.setDown(["council-1"], false)
        world.setDown(["acme-3"])
        #expect(try await ann.sync().pages.count == 1)
        #expect(try await world.read(consent, weeks: ann.weeks).records.count == 5)
    }

    @Test("A broker that lost its sub-keys gets them again")
    func aBrokerThatLostItsSubKeysGetsThemAgain() async throws {
        let consent = try await ann.consent()
        try await ann.sync()
        world.loses("acme-2")
        #expect(world.deposit(consent, at: "acme-2") == nil)
        try await ann.sync()
        #expect(world.deposit(consent, at: "acme-2") != nil)
    }

    @Test("The review window is kept")
    func theWindowIsKept() async throws {
        try ann.record(5)
        try await ann.consent(ConsentChoice(purpose: "autocomplete", window: 3 * millisecondsPerDay))
        #expect(try await ann.sync().pages.isEmpty)
        world.clock.advance(by: 2 * millisecondsPerDay)
        #expect(try await ann.sync().pages.count == 1)
    }

    @Test("Records of today are never offered")
    func todayIsNeverOffered() async throws {
        try ann.record(5, at: world.clock.now - 3_600_000)
        try await ann.consent()
        #expect(try await ann.sync().pages.isEmpty)
    }

    @Test("Removing erases the pages and offers the rest again")
    func removingErasesAndOffersTheRestAnew() async throws {
        let a = try ann.record(5)
        try ann.record(3, at: ann.twoDaysAgo + 60_000)
        let consent = try await ann.consent()
        try await ann.sync()
        let page = try #require(try ann.directory.offeredPages().first)
        let removed = try ann.directory.remove([a])
        #expect(removed.pages.count == 1)
        let report = try await ann.sync()
        #expect(report.pages.count == 1)
        #expect(world.state.erased(under: consent) == Set(removed.pages))
        for object in page.ownObjects { #expect(try await !world.lake.exists(object)) }
        #expect(page.ownObjects.count == 3)
        #expect(try ann.directory.outbox().isEmpty)
        let read = try await world.read(consent, weeks: ann.weeks)
        #expect(read.records.count == 3 && read.lines.count == 1)
        for broker in World.brokers { #expect(world.stops(at: broker).count == 1) }
    }

    @Test("Withheld segments are not offered again")
    func withheldSegmentsAreNotOfferedAgain() async throws {
        let a = try ann.record(5)
        let consent = try await ann.consent()
        try await ann.sync()
        _ = try ann.directory.withhold([a])
        #expect(try await ann.sync().pages.isEmpty)
        #expect(try await world.read(consent, weeks: ann.weeks).lines.isEmpty)
        #expect(try ann.directory.segmentIDs() == [a])
    }

    @Test("Objects in the lake tell nothing about their content")
    func theLakeTellsNothing() async throws {
        try ann.record(5)
        let consent = try await ann.consent()
        try await ann.sync()
        for name in try FileManager.default.contentsOfDirectory(atPath: world.path + "/lake") {
            #expect(name.count == 64)
            let bytes = try #require(FileManager.default.contents(atPath: "\(world.path)/lake/\(name)"))
            for needle in ["code", consent.hex, ann.keys[0].pseudonym.publicKey.hex] {
                #expect(bytes.range(of: Data(needle.utf8)) == nil)
            }
        }
    }

    /// The lake fails after each number of writes; afterwards everything is there once.
    @Test("A crash between any two writes is repaired", arguments: 0..<6)
    func aCrashBetweenAnyTwoWritesIsMended(_ writes: Int) async throws {
        try ann.record(5)
        try ann.record(3, at: ann.twoDaysAgo + 60_000)
        try ann.record(2, at: ann.twoDaysAgo - millisecondsPerDay)
        let consent = try await ann.consent()
        try await ann.sync(offering: false)
        let vault = try ann.open
        var record = try #require(try vault.consents().first)
        let groups = try #require(world.state.rosters[record.roster])
        let offering = PageOffering(
            vault: vault, keys: ann.keys[0],
            shapes: SubKeyDepositor(programme: ann.programme, keys: ann.keys[0], groups: groups).shapes,
            lake: FailingLake(try world.lake, after: writes), state: world.state, origin: Scenario.origin)
        let found = try vault.refresh(now: world.clock.now)
        var report = Syncer.SyncReport(refreshed: found)
        await #expect(throws: CofferError.self) {
            try await offering.offer(&record, segments: found.segments, now: self.world.clock.now, &report)
        }
        try await ann.sync()
        let read = try await world.read(consent, weeks: ann.weeks)
        #expect(read.records.count == 10)
        #expect(read.lines.count == 2)
        #expect(Set(read.lines.map(\.page)).count == 2)
    }

    @Test("The objects of an ended consent leave the lake")
    func anEndedConsentLeavesTheLake() async throws {
        try ann.record(5)
        try await ann.consent()
        try await ann.sync()
        world.clock.advance(by: 91 * millisecondsPerDay)
        world.change { scenario in scenario.submit(scenario.enrol(["bob"]), by: ["desk"]) }
        try await ann.sync()
        let left = try FileManager.default.contentsOfDirectory(atPath: world.path + "/lake")
        // The index stays: it names nothing that can be opened any more.
        #expect(left.count == 1)
        #expect(try ann.directory.offeredPages().isEmpty)
    }

    @Test("A stamp from the future takes nothing from the lake, and a revoke below it does")
    func aStampFromTheFutureTakesNothing() async throws {
        let clock = CofferError(.tryLater, "", rule: "clock")
        func objects() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: world.path + "/lake") }
        try ann.record(5)
        try await ann.consent()
        try await ann.sync()
        let all = try objects()
        world.change { scenario in
            scenario.now += 8_640_000_000
            scenario.append(Bytes("x".utf8))
        }
        try ann.record(3, at: ann.twoDaysAgo + 60_000)
        let held = try await ann.sync()
        #expect(held.pending == [clock])
        #expect(held.pages.isEmpty)
        #expect(try objects() == all)
        #expect(try ann.directory.offeredPages().count == 1)
        // Her other laptop has revoked.
        let pseudonym = try #require(ann.keys.first?.pseudonym)
        let revoke = Revoke(origin: Scenario.origin, pseudonym: pseudonym.publicKey)
        let note = try SignedNote.message(revoke.text, by: pseudonym).encoded
        world.change { scenario in
            scenario.now += 8_640_000_000
            scenario.append(note)
        }
        #expect(try await ann.sync().pending == [clock])
        #expect(try await ann.sync().pending == [clock])
        #expect(try objects().count == 1)
        #expect(try ann.directory.offeredPages().isEmpty)
    }

    @Test("A laptop whose clock runs ahead takes nothing from the lake")
    func aClockThatRunsAheadTakesNothing() async throws {
        try ann.record(5)
        let consent = try await ann.consent()
        try await ann.sync()
        let followed = try await ann.programme.follow()
        let later = world.clock.now + 7_862_400_000
        #expect(followed.state.hasEnded(consent: consent, at: later))
        #expect(!followed.state.hasEnded(consent: consent, at: followed.certainTime(now: later)))
    }
}

/// A lake that stops writing.
struct FailingLake: Lake {
    private let lake: DirectoryLake
    private let left: Counter

    init(_ lake: DirectoryLake, after writes: Int) {
        self.lake = lake
        left = Counter(writes)
    }

    func get(_ name: Hash256) async throws(CofferError) -> Bytes? { try await lake.get(name) }
    func delete(_ name: Hash256) async throws(CofferError) { try await lake.delete(name) }
    func exists(_ name: Hash256) async throws(CofferError) -> Bool { try await lake.exists(name) }

    func put(_ name: Hash256, _ bytes: Bytes, onlyIfAbsent: Bool) async throws(CofferError) -> Bool {
        guard left.take() else { throw CofferError(.tryLater, "The lake is gone.") }
        return try await lake.put(name, bytes, onlyIfAbsent: onlyIfAbsent)
    }
}
