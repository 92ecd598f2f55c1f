import CofferTestKit
import Foundation
import Rules
import Sealing
import Synchronization
import Testing

@testable import Job

/// A whole stream, from consent to trailer, and every way in which it must not get one.
@Suite("Epochs")
struct EpochTests {
    private let desk = Desk()

    /// Three pages and their index.
    @discardableResult
    private func fill(_ world: JobWorld) async throws -> [Offer.Published] {
        let pages = [
            try await world.page(.keys, "code", [desk.type("let total", at: 1000), desk.tap("Return", at: 9000)]),
            try await world.page(.window, "code", [[desk.title("totals.swift", at: 0)]]),
            try await world.page(.screen, "code", [[try desk.frame(40, at: 500)]]),
        ]
        try await world.index(pages)
        return pages
    }

    private func ada() async throws -> (JobWorld, [Offer.Published]) {
        let world = try JobWorld()
        return (world, try await fill(world))
    }

    private func open(
        _ world: JobWorld, lake: MemoryLake? = nil, grant: Hash256? = nil, shard: Shard = .whole,
        format: SampleFormatName = .tar
    ) async throws -> (Bytes, Epoch.Summary?, CofferError?) {
        let sink = MemorySink()
        let epoch = Epoch(ledger: world, brokers: world, lake: lake ?? world.lake, job: world.job, shard: shard)
        do {
            let summary = try await epoch.open(grant: grant ?? world.grant, as: format.format(into: sink))
            return (sink.bytes, summary, nil)
        } catch {
            return (sink.bytes, nil, error)
        }
    }

    @Test("An epoch has every sample and the trailer")
    func writesEverySampleAndTheTrailer() async throws {
        let (world, _) = try await ada()
        let (bytes, summary, error) = try await open(world)
        #expect(error == nil)
        #expect(summary?.consents == 1 && summary?.releases == 2 && summary?.pages == 3 && summary?.samples == 2)
        #expect(summary?.open.consents == [JobWorld.monday: 1])
        let tar = try OpenTar(bytes)
        #expect(tar.hasTrailer)
        #expect(tar.members.last?.name == "__manifest__")
        #expect(
            tar.samples.map(\.name).map { $0.suffix(11) }
                == ["-000000.png", "-000000.json", "-000001.png", "-000001.json"].map { $0.suffix(11) })
        let first = try #require(
            JSONSerialization.jsonObject(with: Data(tar.members[1].bytes)) as? [String: Any])
        #expect(first["schema"] as? String == "coffer.sample.v1")
        #expect(first["window"] as? String == "totals.swift")
        #expect((first["action"] as? [String: Any])?["code"] as? String == "pyautogui.write(message='let total')")
        #expect((first["screen"] as? [String: Int]) == ["w": 64, "h": 64])
        let coffer = try #require(first["coffer"] as? [String: Any])
        let grant = try #require(world.state.grants[world.grant]?.mark.index)
        #expect(coffer["grant"] as? Int == Int(grant))
        // The index was released before the pages.
        #expect(coffer["release"] as? Int == Int(grant) + 2)
        #expect(coffer["record"] as? [Int] == [0, 17])
        let key = try #require(tar.members[1].name.split(separator: ".").first)
        #expect((coffer["segment"] as? String)?.prefix(8) == key.prefix(8))
        #expect(!key.contains("."))
    }

    @Test("Without consents an epoch fails")
    func nobodyConsents() async throws {
        let world = try JobWorld()
        var grants: [Hash256] = []
        world.change { scenario in
            let purpose = scenario.purpose("nobody's")
            scenario.submit(purpose, by: Scenario.reviewers)
            let grant = scenario.grant(purpose.hash)
            scenario.submit(grant, by: ["job"] + Scenario.reviewers)
            grants.append(grant.hash)
        }
        world.clock.advance(by: 3_600_000)
        let (bytes, _, error) = try await open(world, grant: grants.first)
        #expect(bytes.isEmpty)
        #expect(error?.code == .refused && error?.rule == "consent.missing")
        #expect(world.releases == 0)
    }

    @Test("The grant of another job opens nothing")
    func anotherJobsGrantOpensNothing() async throws {
        let (world, _) = try await ada()
        let sink = MemorySink()
        let epoch = Epoch(ledger: world, brokers: world, lake: world.lake, job: SigningKey())
        await #expect(throws: CofferError(.refused, "", rule: "release.job")) {
            try await epoch.open(grant: world.grant, as: TarSamples(sink))
        }
        #expect(sink.bytes.isEmpty)
    }

    @Test("An epoch has only what the grant names")
    func onlyWhatTheGrantNames() async throws {
        let world = try JobWorld(kinds: [.keys])
        try await fill(world)
        let (bytes, summary, _) = try await open(world)
        #expect(summary?.pages == 1)
        #expect(try OpenTar(bytes).samples.map(\.name).allSatisfy { $0.hasSuffix(".json") })
        #expect(!String(decoding: bytes, as: UTF8.self).contains("totals.swift"))
    }

    @Test("Erased pages are dropped")
    func erasedPagesAreDropped() async throws {
        let (world, pages) = try await ada()
        world.erase(pages[1])
        let (bytes, summary, error) = try await open(world)
        #expect(error == nil && summary?.pages == 2)
        #expect(try OpenTar(bytes).hasTrailer)
    }

    @Test("Remade pages are in the next index, and each body comes once")
    func remadePagesComeInTheNextIndexAndBodiesOnce() async throws {
        let (world, pages) = try await ada()
        let again = try await world.page(.keys, "code", [desk.type("more", at: 20_000)])
        try await world.index([again], r: 1)
        // The same page in a later index is one page.
        try await world.index([pages[0]], r: 2)
        let (_, summary, error) = try await open(world)
        #expect(error == nil)
        #expect(summary?.pages == 4 && summary?.samples == 3)
    }

    // MARK: Brokers

    @Test("One broker of three may be away", arguments: [0, 1, 2])
    func oneBrokerOfThreeMayBeAway(_ number: Int) async throws {
        let (world, _) = try await ada()
        world.set("acme-\(number + 1)", .silent)
        let (bytes, _, error) = try await open(world)
        #expect(error == nil)
        #expect(try OpenTar(bytes).hasTrailer)
    }

    @Test("One broker of three may lie", arguments: [0, 1, 2])
    func oneBrokerOfThreeMayLie(_ number: Int) async throws {
        let (world, _) = try await ada()
        world.set("acme-\(number + 1)", .lies)
        let (bytes, summary, error) = try await open(world)
        #expect(error == nil && summary?.samples == 2)
        #expect(try OpenTar(bytes).hasTrailer)
    }

    @Test(
        "A page that does not open is asked for again alone, signed, of every broker",
        arguments: [JobWorld.Manner.lies, .liesInSessions])
    func askedAgainAlone(_ manner: JobWorld.Manner) async throws {
        let (world, _) = try await ada()
        // Once the index is open.
        world.after(3) { $0.set("acme-1", manner) }
        let (bytes, summary, error) = try await open(world)
        #expect(error == nil && summary?.samples == 2)
        #expect(try OpenTar(bytes).hasTrailer)
        #expect(world.signed == Array(repeating: 1, count: 4 * (summary?.pages ?? 0)))
        #expect(Set(world.closed).count == summary?.releases)
    }

    @Test("Nothing is signed again when every page opens")
    func nothingAgain() async throws {
        let (world, _) = try await ada()
        let (_, summary, error) = try await open(world)
        #expect(error == nil && world.signed.isEmpty)
        #expect(Set(world.closed).count == summary?.releases)
    }

    @Test("A broker that lies cannot hide a week")
    func aLiarCannotHideAWeek() async throws {
        // One week has pages, the next has none: with a liar nobody can tell.
        let world = try JobWorld(days: JobWorld.monday...(JobWorld.monday + 7))
        try await fill(world)
        let (_, summary, error) = try await open(world)
        #expect(error == nil && summary?.pages == 3)
        world.set("acme-1", .lies)
        let (bytes, _, refused) = try await open(world)
        #expect(refused?.code == .tryLater && bytes.isEmpty)
    }

    @Test("An empty lake is an error, not an empty epoch")
    func anEmptyLakeIsNoEmptyEpoch() async throws {
        let (world, _) = try await ada()
        let (bytes, _, error) = try await open(world, lake: MemoryLake())
        #expect(error?.code == .tryLater && error?.rule == "index.missing" && bytes.isEmpty)
    }

    @Test("A release names nothing beyond the budget", arguments: [(0, 0), (1, 1), (3, 1)])
    func nothingIsNamedBeyondTheBudget(left: UInt64, releases: Int)
        async throws
    {
        let (world, _) = try await ada()
        try world.spend(world.budget - left)
        let before = world.releases
        let (bytes, _, error) = try await open(world)
        #expect(error?.rule == "release.budget" && bytes.isEmpty)
        #expect(world.releases - before == releases)
    }

    @Test("Two of three brokers away is too few")
    func twoOfThreeAwayIsTooFew() async throws {
        let (world, _) = try await ada()
        world.set("acme-1", .silent)
        world.set("acme-3", .silent)
        let (bytes, _, error) = try await open(world)
        #expect(error?.code == .tryLater && bytes.isEmpty)
    }

    @Test("The refusal of one group is enough")
    func theOtherGroupAloneRefuses() async throws {
        let (world, _) = try await ada()
        world.set("council-1", .refuses("page.window"))
        let (bytes, _, error) = try await open(world)
        #expect(error?.code == .refused && error?.rule == "page.window" && error?.entry == 9)
        #expect(bytes.isEmpty)
    }

    @Test("Every group must answer truly")
    func everyGroupMustBeTrue() async throws {
        let (world, _) = try await ada()
        world.set("council-1", .lies)
        // One broker of one cannot be contradicted, but under a wrong name nothing is found.
        let (bytes, _, error) = try await open(world)
        #expect(error?.code == .tryLater && bytes.isEmpty)
    }

    // MARK: The lake

    @Test("A missing body ends the stream")
    func aMissingBody() async throws {
        let (world, pages) = try await ada()
        try await world.lake.delete(pages[0].bodies[1])
        let (bytes, _, error) = try await open(world)
        #expect(error?.code == .tryLater)
        #expect(try !OpenTar(bytes).hasTrailer)
    }

    @Test("A missing page ends the stream")
    func aMissingPage() async throws {
        let (world, pages) = try await ada()
        try await world.lake.delete(pages[0].line.object)
        let (bytes, _, error) = try await open(world)
        #expect(error?.code == .tryLater && bytes.isEmpty)
    }

    @Test("A flipped byte of a page ends the stream", arguments: [0, 30, 60, 16_000])
    func aFlippedByteOfAPage(_ at: Int) async throws {
        let (world, pages) = try await ada()
        await world.lake.change(pages[0].line.object) { $0[at] ^= 1 }
        let (bytes, _, error) = try await open(world)
        #expect(error?.code == .tampering && bytes.isEmpty)
    }

    @Test("A flipped byte of a body ends the stream", arguments: [0, 100, 16_000])
    func aFlippedByteOfABody(_ at: Int) async throws {
        let (world, pages) = try await ada()
        await world.lake.change(pages[0].bodies[1]) { $0[at] ^= 1 }
        let (bytes, _, error) = try await open(world)
        #expect(error?.code == .tampering)
        #expect(try !OpenTar(bytes).hasTrailer)
    }

    @Test("A page that ends too early ends the stream, and may be whole later", arguments: [0, 1, 71, 72, 600, 16_400])
    func aTruncatedPage(_ left: Int) async throws {
        let (world, pages) = try await ada()
        await world.lake.change(pages[2].line.object) { $0.removeLast($0.count - left) }
        let (bytes, _, error) = try await open(world)
        #expect(error == CofferError(.tryLater, "", rule: "lake.object") && bytes.isEmpty)
        #expect(error?.place?.object == pages[2].line.object)
    }

    @Test("A body that ends too early ends the stream, and may be whole later", arguments: [0, 71, 72, 600, 16_400])
    func aTruncatedBody(_ left: Int) async throws {
        let (world, pages) = try await ada()
        await world.lake.change(pages[0].bodies[1]) { $0.removeLast($0.count - left) }
        let (bytes, _, error) = try await open(world)
        #expect(error == CofferError(.tryLater, "", rule: "lake.object"))
        #expect(error?.place?.object == pages[0].bodies[1])
        #expect(try !OpenTar(bytes).hasTrailer)
    }

    @Test("A page under another page's name ends the stream")
    func aPageUnderAnothersName() async throws {
        let (world, pages) = try await ada()
        let other = try #require(try await world.lake.get(pages[1].line.object))
        await world.lake.store(pages[0].line.object, other)
        let (_, _, error) = try await open(world)
        #expect(error?.code == .tampering)
    }

    // MARK: The last look

    @Test("A revocation ends a stream in the middle")
    func revokedInMidStream() async throws {
        let (world, _) = try await ada()
        // Two brokers of the company and one of the council have answered for the index and for the pages.
        world.after(6) { $0.revoke() }
        let (bytes, _, error) = try await open(world)
        #expect(error == CofferError(.refused, "", rule: "revoked"))
        #expect(error?.entry == world.state.size - 1)
        let tar = try OpenTar(bytes)
        #expect(!tar.hasTrailer && tar.endsInMember)
    }

    @Test("A revocation before the pages are asked for ends the stream")
    func revokedBeforeThePagesAreAsked() async throws {
        let (world, _) = try await ada()
        world.after(3) { $0.revoke() }
        let (bytes, _, error) = try await open(world)
        #expect(error == CofferError(.refused, "", rule: "revoked") && bytes.isEmpty)
    }

    @Test("An erasure ends a stream in the middle")
    func erasedInMidStream() async throws {
        let (world, pages) = try await ada()
        world.after(6) { $0.erase(pages[0]) }
        let (bytes, _, error) = try await open(world)
        #expect(error?.rule == "page.erased")
        #expect(try !OpenTar(bytes).hasTrailer)
    }

    @Test("A halt ends a stream in the middle")
    func haltedInMidStream() async throws {
        let (world, _) = try await ada()
        world.after(6) { $0.halt() }
        let (bytes, _, error) = try await open(world)
        #expect(error == CofferError(.refused, "", rule: "halted"))
        #expect(try !OpenTar(bytes).hasTrailer)
    }

    @Test("A stream ends when the ledger goes away")
    func theLedgerGoesAwayInMidStream() async throws {
        let (world, _) = try await ada()
        world.after(6) { $0.takeLedgerDown() }
        let (bytes, _, error) = try await open(world)
        #expect(error?.code == .tryLater)
        #expect(try !OpenTar(bytes).hasTrailer)
    }

    // MARK: Many

    @Test("Shards of many people are disjoint and complete")
    func manyPeopleAndShards() async throws {
        let people = (0..<12).map { "person \($0)" }
        let world = try JobWorld(people)
        for (number, person) in people.enumerated() {
            var pages: [Offer.Published] = []
            for day in [JobWorld.monday, JobWorld.monday + 1] {
                let records = Desk(day: day).type("w\(number)", at: 0)
                pages.append(try await world.page(.keys, "code", [records], of: person, day: day))
            }
            for (r, page) in pages.enumerated() { try await world.index([page], of: person, r: UInt32(r)) }
        }
        let (bytes, summary, error) = try await open(world)
        #expect(error == nil && summary?.samples == 24)
        let all = try OpenTar(bytes).samples.map(\.name).sorted()
        var shards: [String] = []
        for i in 0..<3 {
            let shard = try #require(Shard("\(i)/3"))
            let (bytes, _, error) = try await open(world, shard: shard)
            #expect(error == nil)
            shards += try OpenTar(bytes).samples.map(\.name)
        }
        #expect(shards.sorted() == all)
    }
}
