import CofferTestKit
import Lake
import Replica
import Rules
import Sealing
import Testing
import Vault

@testable import Keyholder

/// Every week gets an index that closes it, so that a reader misses what the lake loses.
@Suite("Closed weeks")
struct ClosedWeeksTests {
    private let world: World
    private let ann: Person

    init() throws {
        world = try World.empty()
        ann = try Person(world)
        ann.purpose()
    }

    private static let week: Milliseconds = 7 * millisecondsPerDay
    private var monday: Day { Day(of: world.clock.now).monday }

    /// The first moment of a later week.
    private func advance(toWeek number: Day, and more: Milliseconds = 0) {
        world.advance((monday + 7 * number).start + more - world.clock.now)
    }

    private func indices(_ consent: Hash256, _ monday: Day) async throws -> WeekIndices? {
        let terms = try #require(world.state.consents[consent]?.consent)
        let week = IndexWeek(
            consent: consent, pseudonym: terms.pseudonym, scopeCommitment: terms.scope, monday: monday, isLinked: true)
        return try await world.lake.indices(of: week, key: try #require(world.key(consent: consent, x: week.x)))
    }

    /// What a reader of all weeks up to now learns.
    private func chain(_ consent: Hash256) async throws -> IndexChain {
        let weeks = (0...5).map { monday - 7 * $0 }
        var found: [Day: WeekIndices] = [:]
        for monday in weeks { found[monday] = try await indices(consent, monday) }
        return IndexChain(found, weeks: weeks, consented: Day(of: world.clock.now))
    }

    @Test("Nothing is closed before the week's end and its window")
    func window() async throws {
        advance(toWeek: 1)
        let first = monday
        let consent = try await ann.consent(ConsentChoice(purpose: "autocomplete", window: 3 * millisecondsPerDay))
        try await ann.sync()
        #expect(try await chain(consent).closed.isEmpty)
        advance(toWeek: 1, and: 3 * millisecondsPerDay - 1)
        try await ann.sync()
        #expect(try await chain(consent).closed.isEmpty)
        world.advance(1)
        let report = try await ann.sync()
        #expect(report.objects == 1 && report.pages.isEmpty)
        let chain = try await chain(consent)
        #expect(chain.closed == [first] && chain.lacking.isEmpty && chain.open == [first + 7])
        #expect(try await ann.sync().objects == 0)
    }

    @Test("After an absence every week since is closed, in order, also without pages")
    func absence() async throws {
        advance(toWeek: 1)
        let first = monday
        let consent = try await ann.consent()
        try await ann.sync()
        advance(toWeek: 4)
        try ann.record(5, at: world.clock.now - 2 * Self.week)
        let report = try await ann.sync()
        #expect(report.pages.count == 1 && report.objects == 2 + 4)
        let all = try await (0..<4).asyncMap { try await indices(consent, first + 7 * $0) }
        #expect(all.allSatisfy { $0?.indices.count == 1 })
        let links = all.compactMap { $0?.indices.first?.link }
        #expect(links.map(\.count) == [0, 1, 2, 3] && links.allSatisfy(\.isClosed))
        #expect(links.map(\.previous) == [nil] + (0..<3).map { .init(monday: first + 7 * $0, r: 0) })
        #expect(all.map { $0?.indices.first?.lines.count } == [0, 0, 1, 0])
        let chain = try await chain(consent)
        #expect(chain.lacking.isEmpty && chain.open == [monday])
    }

    @Test("A late page of a closed week comes in the next index, which is missed when it is lost")
    func late() async throws {
        advance(toWeek: 1)
        let first = monday
        let consent = try await ann.consent()
        advance(toWeek: 1)
        try await ann.sync()
        try ann.record(5, at: first.start + 3_600_000)
        #expect(try await ann.sync().pages.count == 1)
        let found = try #require(try await indices(consent, first))
        #expect(found.indices.map(\.lines.count) == [0, 1, 0])
        #expect(found.indices.allSatisfy { $0.link?.isClosed == true })
        #expect(try await chain(consent).lacking.isEmpty)
        let x = PageIndex.x(consent: consent, monday: first)
        let name = PageIndex.objectName(key: try #require(world.key(consent: consent, x: x)), r: 1)
        try await world.lake.delete(name)
        #expect(try await chain(consent).lacking == [first])
        // The laptop puts it back.
        #expect(try await ann.sync(isAsked: true).putBack == 1)
        #expect(try await chain(consent).lacking.isEmpty)
        #expect(try await indices(consent, first)?.indices.flatMap(\.lines).count == 1)
    }

    @Test("A week that another laptop closed is not closed again, and each laptop has its own number")
    func twoLaptops() async throws {
        advance(toWeek: 1)
        let first = monday
        let consent = try await ann.consent()
        try ann.record(2, at: first.start)
        advance(toWeek: 1)
        try await ann.sync()
        let directory = try VaultDirectory.create(
            at: world.path + "/second", sealing: try ann.seed().sealingKey().publicKey)
        let vault = try OpenVault(directory, keys: try VaultKeys(of: try ann.seed()))
        try vault.certifyThisDevice(now: world.clock.now)
        let programme = try world.programme("second")
        let restored = try await Restorer(vault, programme: programme)
            .restore(try ann.seed(), state: try await programme.follow().state)
        #expect(restored.missing == 0)
        let second = try Person(world, name: "second", seedBytes: ann.seedBytes, create: false)
        second.keys = ann.keys
        #expect(try await second.sync().objects == 0)
        advance(toWeek: 1)
        #expect(try await second.sync().objects == 1)
        #expect(try await ann.sync().objects == 0)
        let numbers = try await (0..<2).asyncMap {
            try await indices(consent, first + 7 * $0)?.indices.first?.link?.device
        }
        #expect(numbers == [0, 1])
        #expect(try await chain(consent).lacking.isEmpty)
    }

    @Test("A restored laptop says what the lake has lost")
    func restored() async throws {
        advance(toWeek: 1)
        let first = monday
        let consent = try await ann.consent()
        advance(toWeek: 3)
        try await ann.sync()
        let x = PageIndex.x(consent: consent, monday: first + 7)
        try await world.lake.delete(PageIndex.objectName(key: try #require(world.key(consent: consent, x: x)), r: 0))
        let directory = try VaultDirectory.create(
            at: world.path + "/second", sealing: try ann.seed().sealingKey().publicKey)
        let vault = try OpenVault(directory, keys: try VaultKeys(of: try ann.seed()))
        let programme = try world.programme("second")
        let restored = try await Restorer(vault, programme: programme)
            .restore(try ann.seed(), state: try await programme.follow().state)
        #expect(restored.missing == 1)
    }
}

extension Sequence {
    /// The results in order.
    fileprivate func asyncMap<R>(_ body: (Element) async throws -> R) async rethrows -> [R] {
        var results: [R] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
