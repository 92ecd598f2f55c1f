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

/// One person's two laptops: what one does to what both offered, and to what it cannot know of.
@Suite("Two laptops")
struct TwoLaptopsTests {
    private let world: World
    /// The laptop that has recorded.
    private let first: Person

    init() throws {
        world = try World.empty()
        first = try Person(world)
        first.purpose()
    }

    /// The laptop that was restored from the sheet; the first one goes on.
    private func second() async throws -> Person {
        let seed = try first.seed()
        let directory = try VaultDirectory.create(at: world.path + "/second", sealing: try seed.sealingKey().publicKey)
        let vault = try OpenVault(directory, keys: try VaultKeys(of: seed))
        try vault.certifyThisDevice(now: world.clock.now)
        let programme = try world.programme("second")
        let restored = try await Restorer(vault, programme: programme)
            .restore(seed, state: try await programme.follow().state)
        #expect(restored.missing == 0)
        let second = try Person(world, name: "second", seedBytes: first.seedBytes, create: false)
        second.keys = first.keys
        return second
    }

    private func revoke(_ consent: Hash256, on laptop: Person) async throws {
        let pseudonym = try #require(world.state.consents[consent]?.consent.pseudonym)
        let card = try #require(try laptop.directory.cards().flatMap(\.revokes).first { $0.pseudonym == pseudonym })
        _ = try laptop.directory.startRevoking(card)
        try await laptop.sync()
    }

    @Test("Revoking a first purpose on one laptop leaves what a second, given on the other, lists")
    func revokingLeavesTheSecondConsent() async throws {
        try first.record(5)
        let consent = try await first.consent()
        try await first.sync()
        let old = try first.directory.offeredPages()
        let laptop = try await second()
        first.purpose("search")
        let later = try await first.consent(ConsentChoice(purpose: "search", window: 0))
        try await first.sync()
        try await revoke(consent, on: laptop)
        #expect(try await world.read(later, weeks: first.weeks).records.count == 5)
        #expect(try laptop.directory.outbox().isEmpty)
        for object in old.flatMap(\.ownObjects) { #expect(try await !world.lake.exists(object)) }
        // Nor does the first laptop, which learns of it, delete more.
        try await first.sync()
        #expect(try await world.read(later, weeks: first.weeks).records.count == 5)
        #expect(try first.directory.offeredPages().count == 1)
    }

    @Test("A consent that was given on the other laptop can be revoked on this one after its next unlock")
    func theOthersConsentIsRevoked() async throws {
        try first.record(5)
        try await first.consent()
        try await first.sync()
        let laptop = try await second()
        first.purpose("search")
        let later = try await first.consent(ConsentChoice(purpose: "search", window: 0))
        try await first.sync()
        let state = try await laptop.programme.follow().state
        func missing() throws -> [String] {
            try laptop.open.keepMissingCards(try laptop.seed(), programme: laptop.programme, state: state)
        }
        #expect(try laptop.directory.cards().count == 1)
        #expect(try missing() == ["search"])
        #expect(try missing() == [])
        try await revoke(later, on: laptop)
        #expect(world.state.hasEnded(consent: later, at: world.state.clock))
        // The laptop that made its pages takes their objects away.
        let objects = try first.directory.ownObjects(of: try #require(world.state.consents[later]?.consent.pseudonym))
        #expect(objects.count == 2)
        try await first.sync()
        for object in objects { #expect(try await !world.lake.exists(object)) }
        #expect(try await laptop.programme.follow().state.hasEnded(consent: later, at: world.clock.now))
    }

    @Test("No two pages list a body by one name, of one consent or of two")
    func bodiesHaveNamesOfTheirOwn() async throws {
        let a = try first.record(5)
        try first.record(3, at: first.twoDaysAgo + 60_000)
        try await first.consent()
        first.purpose("search")
        try await first.consent(ConsentChoice(purpose: "search", window: 0))
        try await first.sync()
        var names = try first.directory.offeredPages().flatMap(\.ownObjects)
        _ = try first.directory.remove([a])
        try await first.sync()
        names += try first.directory.offeredPages().flatMap(\.ownObjects)
        #expect(names.count == 10)
        #expect(Set(names).count == names.count)
        // And nothing is left of what was erased: two pages, their bodies, and three indices for each consent. The pages
        // that came late, in a week that was closed, have an index after theirs.
        let left = try FileManager.default.contentsOfDirectory(atPath: world.path + "/lake")
        #expect(left.count == 10)
    }

    @Test("Removing on one laptop says that the other has a copy, and the other takes back what it offered of it")
    func removingReachesTheOther() async throws {
        try first.record(5)
        try first.record(3, at: first.twoDaysAgo + 60_000)
        let consent = try await first.consent()
        try await first.sync()
        let laptop = try await second()
        first.purpose("search")
        let later = try await first.consent(ConsentChoice(purpose: "search", window: 0))
        try await first.sync()
        let found = try laptop.open.refresh(now: world.clock.now).segments
        let removed = try #require(found.first { $0.count == 5 })
        #expect(try laptop.directory.remove([removed.id]).elsewhere == [removed.id])
        #expect(try await laptop.sync().withheld == 0)
        #expect(try await world.read(later, weeks: first.weeks).records.count == 8)
        let report = try await first.sync()
        #expect(report.withheld == 2)
        #expect(try first.directory.withheld().count == 2)
        #expect(try first.directory.offeredPages().isEmpty)
        #expect(try await world.read(later, weeks: first.weeks).lines.isEmpty)
        // What the laptop that removed offers again stays.
        #expect(try await world.read(consent, weeks: first.weeks).records.count == 3)
        #expect(try await first.sync().withheld == 0)
        #expect(try first.directory.outbox().isEmpty)
        #expect(try await world.read(consent, weeks: first.weeks).records.count == 3)
    }

    @Test("A laptop that sees another's index says from then on that what it offered may be there, too")
    func anothersIndexIsASign() async throws {
        let a = try first.record(5)
        let consent = try await first.consent()
        try await first.sync()
        let laptop = try await second()
        #expect(try first.directory.elsewhere().isEmpty)
        try laptop.record(2, at: first.twoDaysAgo + 3_600_000)
        try await laptop.sync()
        try first.record(3, at: first.twoDaysAgo + 7_200_000)
        try await first.sync()
        #expect(try await world.read(consent, weeks: first.weeks).records.count == 10)
        #expect(try first.directory.remove([a]).elsewhere == [a])
    }

    @Test("What a published page lists and the lake lacks is found and put back", arguments: 0..<4)
    func whatTheLakeLost(lost: Int) async throws {
        try first.record(5)
        try first.record(3, at: first.twoDaysAgo + 60_000)
        let consent = try await first.consent()
        try await first.sync()
        // A second index of the same week, which is closed, and one after it.
        try first.record(2, at: first.twoDaysAgo + 3_600_000)
        try await first.sync()
        #expect(try await world.read(consent, weeks: first.weeks).records.count == 10)
        let pages = try first.directory.offeredPages()
        let monday = Day(of: first.twoDaysAgo).monday
        let key = try #require(world.key(consent: consent, x: PageIndex.x(consent: consent, monday: monday)))
        let index = PageIndex.objectName(key: key, r: 0)
        let all = pages.flatMap(\.ownObjects) + (0..<3).map { PageIndex.objectName(key: key, r: $0) }
        let gone = [[pages[0].segments[0].object], [pages[0].object], [index], all][lost]
        for object in gone { try await world.lake.delete(object) }
        let syncer = Syncer(try first.open, consents: first.keys, programme: first.programme)
        let pagesLacking = [1, 1, 0, 2][lost]
        let indicesLacking = [0, 0, 1, 3][lost]
        let lacking = try await syncer.lacking()
        #expect(lacking.pages == pagesLacking && lacking.indices == indicesLacking)
        if gone.count == all.count {
            // It may be another lake, or not be mounted: nobody asked to fill it.
            let report = try await first.sync()
            #expect(report.putBack == 0 && report.pending.map(\.code) == [.tryLater])
            #expect(try FileManager.default.contentsOfDirectory(atPath: world.path + "/lake").isEmpty)
        }
        let report = try await first.sync(isAsked: true)
        #expect(report.putBack == gone.count && report.pages.isEmpty)
        #expect(try await world.read(consent, weeks: first.weeks).records.count == 10)
        let after = try await syncer.lacking()
        #expect(after.pages == 0 && after.indices == 0)
        #expect(try await first.sync().putBack == 0)
    }

    @Test("What was removed here is not put back")
    func whatWasRemovedStaysAway() async throws {
        let a = try first.record(5)
        let consent = try await first.consent()
        try await first.sync()
        _ = try first.directory.remove([a])
        let report = try await first.sync()
        #expect(report.putBack == 0)
        #expect(try await world.read(consent, weeks: first.weeks).lines.isEmpty)
    }

    @Test("A page of an earlier version is restored as one whose bodies others may list")
    func pagesOfEarlierVersions() async throws {
        let a = try first.record(5)
        try await first.consent()
        try await first.sync(offering: false)
        let vault = try first.open
        var record = try #require(try vault.consents().first)
        let page = OfferedPage(
            id: .random(), pseudonym: record.pseudonym, object: Hash256(of: Random.bytes(32)),
            segments: [.init(id: a, object: Hash256(of: Random.bytes(32)))], ownsBodies: false, erase: [1])
        record.pages[page.id] = .init(
            kind: .keys, app: first.code, day: Day(of: first.twoDaysAgo), object: page.object, isPublished: false)
        _ = try record.number(of: try first.directory.deviceKey().publicKey)
        try vault.keep(record)
        try vault.directory.keep(page)
        #expect(try await first.sync().pages == [page.id])
        let laptop = try await second()
        #expect(try laptop.directory.offeredPages().map(\.ownObjects) == [[page.object]])
        try await revoke(record.consent, on: laptop)
        #expect(try await world.lake.exists(page.segments[0].object))
        #expect(try await !world.lake.exists(page.object))
    }
}
