import CofferTestKit
import Rules
import Sealing
import Testing

@testable import Job

/// What the lake lost, swapped or got from a stranger: an epoch that ends says whose it was, and a whole one is whole.
@Suite("Faults in the lake")
struct LakeFaultTests {
    private let desk = Desk()

    /// One person's three weeks: the first closed with its pages, the second closed and then with a late page, the
    /// third open.
    private struct Weeks {
        let world: JobWorld
        /// Of the indices, in the order in which they were written, with their weeks.
        var names: [(monday: Day, name: Hash256)] = []
        var pages: [Offer.Published] = []

        static func monday(_ number: Day) -> Day { JobWorld.monday + 7 * number }

        init() async throws {
            world = try JobWorld(days: JobWorld.monday...(Self.monday(2) + 6))
            var last: IndexLink.Place?
            for (count, (week, r)) in ([(0, 0), (1, 0), (1, 1), (2, 0)] as [(Day, UInt32)]).enumerated() {
                let monday = Self.monday(week)
                let page = try await world.page(
                    .keys, "code", [Desk(day: monday).type("week \(count)", at: 1000)], day: monday)
                let link = try IndexLink(
                    r: r, device: 0, count: UInt32(count), previous: last, isClosed: week < 2)
                names.append((monday, try await world.index([page], monday: monday, r: r, link: link)))
                pages.append(page)
                last = .init(monday: monday, r: r)
            }
        }

        func open() async throws -> (bytes: Bytes, summary: Epoch.Summary?, error: CofferError?) {
            let sink = MemorySink()
            let epoch = Epoch(ledger: world, brokers: world, lake: world.lake, job: world.job)
            do {
                let summary = try await epoch.open(grant: world.grant, as: TarSamples(sink))
                return (sink.bytes, summary, nil)
            } catch { return (sink.bytes, nil, error) }
        }

        /// Expects an error about this object of the person.
        func expect(_ error: CofferError?, is wanted: CofferError, at object: Hash256, week: Day) {
            #expect(error == wanted)
            #expect(error?.place?.pseudonym == world.pseudonym())
            #expect(error?.place?.week == week && error?.place?.object == object)
            #expect(error?.place?.subject?.hasPrefix("g") == true)
        }
    }

    @Test("Whole weeks are read whole, and the open one is named")
    func whole() async throws {
        let weeks = try await Weeks()
        let (bytes, summary, error) = try await weeks.open()
        #expect(error == nil && summary?.pages == 4)
        #expect(try OpenTar(bytes).hasTrailer)
        #expect(summary?.open.consents == [Weeks.monday(2): 1] && summary?.open.unstated == 0)
        #expect(summary?.open.sentence?.contains("open week: 2026-12-07 (1 of the consents)") == true)
    }

    @Test("A lost index ends an epoch before its first sample", arguments: 0..<3)
    func aLostIndex(_ number: Int) async throws {
        let weeks = try await Weeks()
        let (monday, name) = weeks.names[number]
        try await weeks.world.lake.delete(name)
        let (bytes, _, error) = try await weeks.open()
        weeks.expect(error, is: CofferError(.tryLater, "", rule: "index.missing"), at: name, week: monday)
        #expect(bytes.isEmpty)
    }

    @Test("An index that ends too early ends an epoch, and may be whole later", arguments: 0..<4, [0, 71, 72, 16_400])
    func aCutIndex(_ number: Int, _ left: Int) async throws {
        let weeks = try await Weeks()
        let (monday, name) = weeks.names[number]
        await weeks.world.lake.change(name) { $0.removeLast($0.count - left) }
        let (bytes, _, error) = try await weeks.open()
        weeks.expect(error, is: CofferError(.tryLater, "", rule: "lake.object"), at: name, week: monday)
        #expect(bytes.isEmpty)
    }

    @Test("The last index of all is not missed, and its week is open")
    func theLastIndex() async throws {
        let weeks = try await Weeks()
        try await weeks.world.lake.delete(weeks.names[3].name)
        let (_, summary, error) = try await weeks.open()
        #expect(error == nil && summary?.pages == 3 && summary?.open.consents == [Weeks.monday(2): 1])
    }

    @Test("An index under another's name is tampering", arguments: [(1, 2), (2, 1)])
    func aSwappedIndex(_ from: Int, _ to: Int) async throws {
        let weeks = try await Weeks()
        let bytes = try #require(try await weeks.world.lake.get(weeks.names[from].name))
        await weeks.world.lake.store(weeks.names[to].name, bytes)
        let (sink, _, error) = try await weeks.open()
        weeks.expect(
            error, is: CofferError(.tampering, "", rule: "index.open"), at: weeks.names[to].name, week: Weeks.monday(1))
        #expect(sink.isEmpty)
    }

    @Test("Junk under the next name is named", arguments: [100, 20_000])
    func junk(_ count: Int) async throws {
        let weeks = try await Weeks()
        let name = try weeks.world.indexName(monday: Weeks.monday(2), r: 1)
        await weeks.world.lake.store(name, Bytes(repeating: 7, count: count))
        let (_, _, error) = try await weeks.open()
        weeks.expect(error, is: CofferError(.tampering, "", rule: "index.open"), at: name, week: Weeks.monday(2))
    }

    @Test("What is shorter than every sealed object is not whole yet", arguments: [0, 1, 71])
    func short(_ count: Int) async throws {
        let weeks = try await Weeks()
        let name = try weeks.world.indexName(monday: Weeks.monday(2), r: 1)
        await weeks.world.lake.store(name, Bytes(repeating: 7, count: count))
        let (_, _, error) = try await weeks.open()
        weeks.expect(error, is: CofferError(.tryLater, "", rule: "lake.object"), at: name, week: Weeks.monday(2))
    }

    @Test("A page or body that is missing or damaged is named", arguments: [true, false], [true, false])
    func pagesAndBodies(isPage: Bool, isGone: Bool) async throws {
        let weeks = try await Weeks()
        let page = weeks.pages[1]
        let name = isPage ? page.line.object : page.bodies[0]
        if isGone {
            try await weeks.world.lake.delete(name)
        } else {
            await weeks.world.lake.change(name) { $0[90] ^= 1 }
        }
        let (_, _, error) = try await weeks.open()
        let rule = isPage ? isGone ? "page.missing" : "page.open" : isGone ? "body.missing" : "body.hash"
        weeks.expect(
            error, is: CofferError(isGone ? .tryLater : .tampering, "", rule: rule), at: name, week: Weeks.monday(1))
        #expect(error?.place?.page == page.line.page)
        #expect(
            error?.fullMessage.contains(name.hex) == true && error?.fullMessage.contains(page.line.page.hex) == true)
    }

    @Test("Who ended a stream by a revocation or an erasure is named")
    func endings() async throws {
        let weeks = try await Weeks()
        weeks.world.after(6) { $0.revoke() }
        let revoked = try await weeks.open().error
        #expect(revoked?.rule == "revoked" && revoked?.place?.pseudonym == weeks.world.pseudonym())
        let others = try await Weeks()
        let page = others.pages[0]
        others.world.after(6) { $0.erase(page) }
        let erased = try await others.open().error
        #expect(erased?.rule == "page.erased" && erased?.place?.page == page.line.page)
    }

    /// Records of 70 bytes that change nothing, over a screen of 40 million pixels. Each copied the whole frame.
    @Test("A screen record that changes nothing ends the stream at once, and is named")
    func emptyChanges() async throws {
        let weeks = try await Weeks()
        let world = weeks.world
        let key = try desk.screen(width: 16_384, height: 2_441, isKey: true, at: 0)
        let rest = try (1...400).map { try desk.screen(width: 16_384, height: 2_441, isKey: false, at: 10 * $0) }
        let page = try await world.page(.screen, "code", [[key] + rest])
        let link = try IndexLink(
            r: 1, device: 1, count: 0, previous: nil, isClosed: true)
        try await world.index([page], r: 1, link: link)
        let (_, _, error) = try await weeks.open()
        weeks.expect(
            error, is: CofferError(.tampering, "", rule: "segment.record"), at: page.bodies[0], week: JobWorld.monday)
        #expect(error?.place?.page == page.line.page)
    }
}
