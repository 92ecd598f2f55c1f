import CofferTestKit
import Messages
import Rules
import Sealing
import Synchronization
import Testing

@testable import Job

/// A broker that hangs, and one that lacks sub-keys, hold up nobody.
@Suite("Late brokers")
struct HedgeTests {
    private final class Talk: Sendable {
        private let said = Mutex<[String]>([])
        var all: [String] { said.withLock { $0 } }
        func add(_ sentence: String) { said.withLock { $0.append(sentence) } }
    }

    /// Three weeks, of which the first has a page.
    private func world() async throws -> JobWorld {
        let world = try JobWorld(days: JobWorld.monday...(JobWorld.monday + 20))
        try await world.index([try await world.page(.keys, "code", [Desk().type("a", at: 0)])])
        return world
    }

    private func open(_ world: JobWorld, _ talk: Talk = Talk()) async throws -> Epoch.Summary {
        let epoch = Epoch(
            ledger: world, brokers: world, lake: world.lake, job: world.job, pause: {}, talk: { talk.add($0) })
        return try await epoch.open(grant: world.grant, as: LineSamples(MemorySink()))
    }

    @Test("A stream is whole although one broker never answers", arguments: ["acme-1", "acme-2", "acme-3"])
    func hangs(name: String) async throws {
        let world = try await world()
        world.set(name, .hangs)
        let summary = try await open(world)
        #expect(summary.samples == 1 && summary.pages == 1)
    }

    @Test("A broker without a consent's sub-keys is said to lack them, and another one is asked")
    func holdsNothing() async throws {
        let world = try await world()
        world.set("acme-1", .holdsNothing)
        let talk = Talk()
        #expect(try await open(world, talk).samples == 1)
        #expect(
            talk.all.filter { $0.contains("acme-1") } == [
                "broker acme-1 holds no sub-keys of a consent that was asked for"
            ])
        world.set("acme-2", .holdsNothing)
        world.set("acme-3", .holdsNothing)
        await #expect(throws: CofferError(.tryLater, "", rule: "deposit.missing")) { _ = try await open(world) }
    }

    // MARK: Whom to ask

    private typealias Seat = AskRace.Seat

    private func race(_ wanted: Int, late: [Int] = []) -> AskRace {
        AskRace(
            [(order: [0, 1, 2], answered: 0, wanted: wanted, threshold: 2)],
            late: Set(late.map { Seat(group: 0, broker: $0) }))
    }

    private func brokers(_ seats: [Seat]) -> [Int] { seats.map(\.broker) }

    @Test("As many are asked as are needed, and the next one when one fails or is late")
    func next() {
        var race = race(2)
        #expect(brokers(race.next()) == [0, 1] && race.next().isEmpty)
        race.take(Seat(group: 0, broker: 1), isAnswer: true)
        #expect(race.next().isEmpty && !race.isOver)
        // Who has answered is not late.
        #expect(brokers(race.miss([0, 1].map { Seat(group: 0, broker: $0) })) == [0])
        #expect(brokers(race.next()) == [2] && !race.isOver)
        var other = race
        race.take(Seat(group: 0, broker: 2), isAnswer: true)
        #expect(race.isOver)
        // The late one counts if it comes first; if the other one fails, it is waited for.
        other.take(Seat(group: 0, broker: 2), isAnswer: false)
        #expect(!other.isOver && other.next().isEmpty)
        other.take(Seat(group: 0, broker: 0), isAnswer: true)
        #expect(other.isOver)
    }

    @Test("When all are asked, a late one is not waited for once a threshold has answered")
    func all() {
        for known in [false, true] {
            var race = race(3, late: known ? [2] : [])
            #expect(brokers(race.next()) == [0, 1, 2])
            race.take(Seat(group: 0, broker: 0), isAnswer: true)
            if !known { #expect(race.miss([Seat(group: 0, broker: 2)]).count == 1) }
            #expect(!race.isOver)
            race.take(Seat(group: 0, broker: 1), isAnswer: true)
            #expect(race.isOver)
        }
        var few = race(3, late: [2])
        _ = few.next()
        for broker in [0, 1] { few.take(Seat(group: 0, broker: broker), isAnswer: broker == 0) }
        #expect(!few.isOver)
        few.take(Seat(group: 0, broker: 2), isAnswer: false)
        #expect(few.isOver)
    }
}
