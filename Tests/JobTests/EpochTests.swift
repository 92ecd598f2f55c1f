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

    private func ada() async throws -> (EmployeeWorld, [EmployeeWorld.Published]) {
        let ada = try EmployeeWorld(groups: exampleGroups())
        let pages = [
            try await ada.page(.keys, "code", [desk.type("let total", at: 1000), desk.tap("Return", at: 9000)]),
            try await ada.page(.window, "code", [[desk.title("totals.swift", at: 0)]]),
            try await ada.page(.screen, "code", [[try desk.frame(40, at: 500)]]),
        ]
        try await ada.index(pages)
        return (ada, pages)
    }

    private func open(
        _ programme: FakeProgramme, lake: MemoryLake, shard: Shard = .whole, format: SampleFormatName = .tar
    ) async throws -> (Bytes, Epoch.Summary?, CofferError?) {
        let sink = MemorySink()
        let epoch = Epoch(ledger: programme, brokers: programme, lake: lake, job: programme.job, shard: shard)
        do {
            let grant = try programme.grant.hash
            let summary = try await epoch.open(grant: grant, as: format.format(into: sink))
            return (sink.bytes, summary, nil)
        } catch let error as CofferError {
            return (sink.bytes, nil, error)
        }
    }

    @Test("An epoch has every sample and the trailer")
    func writesEverySampleAndTheTrailer() async throws {
        let (ada, _) = try await ada()
        let (bytes, summary, error) = try await open(FakeProgramme([ada]), lake: ada.lake)
        #expect(error == nil)
        #expect(summary == Epoch.Summary(consents: 1, releases: 2, pages: 3, samples: 2))
        let tar = try OpenTar(bytes)
        #expect(tar.hasTrailer)
        #expect(
            tar.members.map(\.name).map { $0.suffix(11) }
                == ["-000000.png", "-000000.json", "-000001.png", "-000001.json"].map { $0.suffix(11) })
        let first = try #require(
            JSONSerialization.jsonObject(with: Data(tar.members[1].bytes)) as? [String: Any])
        #expect(first["schema"] as? String == "coffer.sample.v1")
        #expect(first["window"] as? String == "totals.swift")
        #expect((first["action"] as? [String: Any])?["code"] as? String == "pyautogui.write(message='let total')")
        #expect((first["screen"] as? [String: Int]) == ["w": 64, "h": 64])
        let coffer = try #require(first["coffer"] as? [String: Any])
        #expect(coffer["grant"] as? Int == 7)
        #expect(coffer["release"] as? Int == 101)
        #expect(coffer["record"] as? [Int] == [0, 17])
        let key = try #require(tar.members[1].name.split(separator: ".").first)
        #expect((coffer["segment"] as? String)?.prefix(8) == key.prefix(8))
        #expect(!key.contains("."))
    }

    @Test("Without consents an epoch fails")
    func nobodyConsents() async throws {
        let programme = FakeProgramme([])
        let (bytes, _, error) = try await open(programme, lake: MemoryLake())
        #expect(bytes.isEmpty)
        #expect(error?.code == .refused && error?.rule == "consent.missing")
        #expect(programme.state.withLock { $0.requests.isEmpty })
    }

    @Test("The grant of another job opens nothing")
    func anotherJobsGrantOpensNothing() async throws {
        let (ada, _) = try await ada()
        let programme = FakeProgramme([ada])
        let sink = MemorySink()
        let epoch = Epoch(ledger: programme, brokers: programme, lake: ada.lake, job: SigningKey())
        await #expect(throws: CofferError(.refused, "", rule: "release.job")) {
            try await epoch.open(grant: try programme.grant.hash, as: TarSamples(sink))
        }
        #expect(sink.bytes.isEmpty)
    }

    @Test("An epoch has only what the grant names")
    func onlyWhatTheGrantNames() async throws {
        let (ada, _) = try await ada()
        let programme = FakeProgramme([ada], kinds: [.keys])
        let (bytes, summary, _) = try await open(programme, lake: ada.lake)
        #expect(summary?.pages == 1)
        #expect(try OpenTar(bytes).members.map(\.name).allSatisfy { $0.hasSuffix(".json") })
        #expect(!String(decoding: bytes, as: UTF8.self).contains("totals.swift"))
    }

    @Test("Erased pages are dropped")
    func erasedPagesAreDropped() async throws {
        let (ada, pages) = try await ada()
        let programme = FakeProgramme([ada])
        programme.state.withLock { _ = $0.erased.insert(pages[1].line.page) }
        let (bytes, summary, error) = try await open(programme, lake: ada.lake)
        #expect(error == nil && summary?.pages == 2)
        #expect(try OpenTar(bytes).hasTrailer)
    }

    @Test("Remade pages are in the next index, and each body comes once")
    func remadePagesComeInTheNextIndexAndBodiesOnce() async throws {
        let (ada, pages) = try await ada()
        let again = try await ada.page(.keys, "code", [desk.type("more", at: 20_000)])
        try await ada.index([again])
        // The same page in a later index is one page.
        try await ada.index([pages[0]])
        let (_, summary, error) = try await open(FakeProgramme([ada]), lake: ada.lake)
        #expect(error == nil)
        #expect(summary?.pages == 4 && summary?.samples == 3)
    }

    // MARK: Brokers

    @Test("One broker of three may be away", arguments: [0, 1, 2])
    func oneBrokerOfThreeMayBeAway(_ number: Int) async throws {
        let (ada, _) = try await ada()
        let programme = FakeProgramme([ada])
        programme.set(ada.groups[0].brokers[number], .silent)
        let (bytes, _, error) = try await open(programme, lake: ada.lake)
        #expect(error == nil)
        #expect(try OpenTar(bytes).hasTrailer)
    }

    @Test("One broker of three may lie", arguments: [0, 1, 2])
    func oneBrokerOfThreeMayLie(_ number: Int) async throws {
        let (ada, _) = try await ada()
        let programme = FakeProgramme([ada])
        programme.set(ada.groups[0].brokers[number], .lies)
        let (bytes, summary, error) = try await open(programme, lake: ada.lake)
        #expect(error == nil && summary?.samples == 2)
        #expect(try OpenTar(bytes).hasTrailer)
    }

    @Test("A broker that lies cannot hide a week")
    func aLiarCannotHideAWeek() async throws {
        // One week has pages, the next has none: with a liar nobody can tell.
        let (ada, _) = try await ada()
        let programme = FakeProgramme([ada], days: EmployeeWorld.monday...(EmployeeWorld.monday + 7))
        let (_, summary, error) = try await open(programme, lake: ada.lake)
        #expect(error == nil && summary?.pages == 3)
        programme.set(ada.groups[0].brokers[0], .lies)
        let (bytes, _, refused) = try await open(programme, lake: ada.lake)
        #expect(refused?.code == .tryLater && bytes.isEmpty)
    }

    @Test("An empty lake is an error, not an empty epoch")
    func anEmptyLakeIsNoEmptyEpoch() async throws {
        let (ada, _) = try await ada()
        let (bytes, _, error) = try await open(FakeProgramme([ada]), lake: MemoryLake())
        #expect(error?.code == .tryLater && error?.rule == "index.missing" && bytes.isEmpty)
    }

    @Test("A release names nothing beyond the budget", arguments: [(0, 0), (1, 1), (3, 1)])
    func nothingIsNamedBeyondTheBudget(left: UInt64, releases: Int)
        async throws
    {
        let (ada, _) = try await ada()
        let programme = FakeProgramme([ada])
        programme.state.withLock { $0.budget = left }
        let (bytes, _, error) = try await open(programme, lake: ada.lake)
        #expect(error?.rule == "release.budget" && bytes.isEmpty)
        #expect(programme.state.withLock { $0.requests.count } == releases)
    }

    @Test("Two of three brokers away is too few")
    func twoOfThreeAwayIsTooFew() async throws {
        let (ada, _) = try await ada()
        let programme = FakeProgramme([ada])
        programme.set(ada.groups[0].brokers[0], .silent)
        programme.set(ada.groups[0].brokers[2], .silent)
        let (bytes, _, error) = try await open(programme, lake: ada.lake)
        #expect(error?.code == .tryLater && bytes.isEmpty)
    }

    @Test("The refusal of one group is enough")
    func theOtherGroupAloneRefuses() async throws {
        let (ada, _) = try await ada()
        let programme = FakeProgramme([ada])
        programme.set(ada.groups[1].brokers[0], .refuses("page.window"))
        let (bytes, _, error) = try await open(programme, lake: ada.lake)
        #expect(error?.code == .refused && error?.rule == "page.window" && error?.entry == 9)
        #expect(bytes.isEmpty)
    }

    @Test("Every group must answer truly")
    func everyGroupMustBeTrue() async throws {
        let (ada, _) = try await ada()
        let programme = FakeProgramme([ada])
        programme.set(ada.groups[1].brokers[0], .lies)
        // One broker of one cannot be contradicted, but under a wrong name nothing is found.
        let (bytes, _, error) = try await open(programme, lake: ada.lake)
        #expect(error?.code == .tryLater && bytes.isEmpty)
    }

    // MARK: The lake

    @Test("A missing body ends the stream")
    func aMissingBody() async throws {
        let (ada, pages) = try await ada()
        try await ada.lake.delete(pages[0].bodies[1])
        let (bytes, _, error) = try await open(FakeProgramme([ada]), lake: ada.lake)
        #expect(error?.code == .tryLater)
        #expect(try !OpenTar(bytes).hasTrailer)
    }

    @Test("A missing page ends the stream")
    func aMissingPage() async throws {
        let (ada, pages) = try await ada()
        try await ada.lake.delete(pages[0].line.object)
        let (bytes, _, error) = try await open(FakeProgramme([ada]), lake: ada.lake)
        #expect(error?.code == .tryLater && bytes.isEmpty)
    }

    @Test("A flipped byte of a page ends the stream", arguments: [0, 30, 60, 16_000])
    func aFlippedByteOfAPage(_ at: Int) async throws {
        let (ada, pages) = try await ada()
        await ada.lake.change(pages[0].line.object) { $0[at] ^= 1 }
        let (bytes, _, error) = try await open(FakeProgramme([ada]), lake: ada.lake)
        #expect(error?.code == .tampering && bytes.isEmpty)
    }

    @Test("A flipped byte of a body ends the stream", arguments: [0, 100, 16_000])
    func aFlippedByteOfABody(_ at: Int) async throws {
        let (ada, pages) = try await ada()
        await ada.lake.change(pages[0].bodies[1]) { $0[at] ^= 1 }
        let (bytes, _, error) = try await open(FakeProgramme([ada]), lake: ada.lake)
        #expect(error?.code == .tampering)
        #expect(try !OpenTar(bytes).hasTrailer)
    }

    @Test("A truncated page ends the stream")
    func aTruncatedPage() async throws {
        let (ada, pages) = try await ada()
        await ada.lake.change(pages[2].line.object) { $0.removeLast(600) }
        let (bytes, _, error) = try await open(FakeProgramme([ada]), lake: ada.lake)
        #expect(error?.code == .tampering && bytes.isEmpty)
    }

    @Test("A page under another page's name ends the stream")
    func aPageUnderAnothersName() async throws {
        let (ada, pages) = try await ada()
        let other = try #require(try await ada.lake.get(pages[1].line.object))
        await ada.lake.store(pages[0].line.object, other)
        let (_, _, error) = try await open(FakeProgramme([ada]), lake: ada.lake)
        #expect(error?.code == .tampering)
    }

    // MARK: The last look

    @Test("A revocation ends a stream in the middle")
    func revokedInMidStream() async throws {
        let (ada, _) = try await ada()
        let programme = FakeProgramme([ada])
        let revoked = CofferError(.refused, "Revoked.", rule: "revoked", entry: 12)
        programme.state.withLock { state in
            // Two brokers of the company and one of the council have answered for the index and for the pages.
            state.afterAsks = (6, { $0.ended[ada.consent] = revoked })
        }
        let (bytes, _, error) = try await open(programme, lake: ada.lake)
        #expect(error == revoked && error?.entry == 12)
        let tar = try OpenTar(bytes)
        #expect(!tar.hasTrailer && tar.endsInMember)
    }

    @Test("A revocation before the pages are asked for ends the stream")
    func revokedBeforeThePagesAreAsked() async throws {
        let (ada, _) = try await ada()
        let programme = FakeProgramme([ada])
        let revoked = CofferError(.refused, "Revoked.", rule: "revoked", entry: 12)
        programme.state.withLock { $0.afterAsks = (3, { $0.ended[ada.consent] = revoked }) }
        let (bytes, _, error) = try await open(programme, lake: ada.lake)
        #expect(error == revoked && bytes.isEmpty)
    }

    @Test("An erasure ends a stream in the middle")
    func erasedInMidStream() async throws {
        let (ada, pages) = try await ada()
        let programme = FakeProgramme([ada])
        programme.state.withLock { $0.afterAsks = (6, { $0.erased.insert(pages[0].line.page) }) }
        let (bytes, _, error) = try await open(programme, lake: ada.lake)
        #expect(error?.rule == "page.erased")
        #expect(try !OpenTar(bytes).hasTrailer)
    }

    @Test("A halt ends a stream in the middle")
    func haltedInMidStream() async throws {
        let (ada, _) = try await ada()
        let programme = FakeProgramme([ada])
        let halted = CofferError(.refused, "Halted.", rule: "halted", entry: 30)
        programme.state.withLock { $0.afterAsks = (6, { $0.halted = halted }) }
        let (bytes, _, error) = try await open(programme, lake: ada.lake)
        #expect(error == halted)
        #expect(try !OpenTar(bytes).hasTrailer)
    }

    @Test("A stream ends when the ledger goes away")
    func theLedgerGoesAwayInMidStream() async throws {
        let (ada, _) = try await ada()
        let programme = FakeProgramme([ada])
        programme.state.withLock { $0.afterAsks = (6, { $0.isReachable = false }) }
        let (bytes, _, error) = try await open(programme, lake: ada.lake)
        #expect(error?.code == .tryLater)
        #expect(try !OpenTar(bytes).hasTrailer)
    }

    // MARK: Many

    @Test("Shards of many people are disjoint and complete")
    func manyPeopleAndShards() async throws {
        let groups = exampleGroups()
        let lake = MemoryLake()
        var people: [EmployeeWorld] = []
        for i in 0..<12 {
            let person = try EmployeeWorld("person \(i)", groups: groups, lake: lake)
            for day in [EmployeeWorld.monday, EmployeeWorld.monday + 1] {
                let page = try await person.page(.keys, "code", [Desk(day: day).type("w\(i)", at: 0)], day: day)
                try await person.index([page])
            }
            people.append(person)
        }
        let whole = FakeProgramme(people)
        let (bytes, summary, error) = try await open(whole, lake: lake)
        #expect(error == nil && summary?.samples == 24)
        let all = try OpenTar(bytes).members.map(\.name).sorted()
        var shards: [String] = []
        for i in 0..<3 {
            let shard = try #require(Shard("\(i)/3"))
            let (bytes, _, error) = try await open(FakeProgramme(people), lake: lake, shard: shard)
            #expect(error == nil)
            shards += try OpenTar(bytes).members.map(\.name)
        }
        #expect(shards.sorted() == all)
    }
}
