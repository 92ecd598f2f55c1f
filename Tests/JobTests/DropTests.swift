import CofferTestKit
import Foundation
import Rules
import Sealing
import Testing

@testable import Job

/// A stream goes on without what ended or cannot be read, by choice, and says what it goes on without.
@Suite("Going on without")
struct DropTests {
    private static let ended = DropRules(ended: true, unreadable: false)
    private static let unreadable = DropRules(ended: false, unreadable: true)

    /// Two people with two pages each, of two days.
    private struct Two {
        let world: JobWorld
        var pages: [String: [Offer.Published]] = [:]
        var indices: [String: Hash256] = [:]

        init() async throws {
            world = try JobWorld(["ada", "bob"])
            for person in ["ada", "bob"] {
                var own: [Offer.Published] = []
                for day in [JobWorld.monday, JobWorld.monday + 1] {
                    let records = Desk(day: day).type("\(person)\(day)", at: 0)
                    own.append(try await world.page(.keys, "code", [records], of: person, day: day))
                }
                pages[person] = own
                indices[person] = try await world.index(own, of: person)
            }
        }

        func epoch(_ rules: DropRules, secret: EpochSecret? = nil) -> Epoch {
            Epoch(ledger: world, brokers: world, lake: world.lake, job: world.job, secret: secret, drop: rules)
        }

        func subject(_ person: String) throws -> String {
            Subjects(job: world.job, grant: world.grant).subject(try #require(world.pseudonym(of: person)))
        }

        func page(_ person: String, _ number: Int) throws -> Offer.Published {
            try #require(pages[person])[number]
        }
    }

    /// A stream as its reader has it: the people in it, and its manifest if it has its end.
    private struct Read {
        var lines: [String] = []
        var manifest: [String: Any]?
        var summary: Epoch.Summary?
        var error: CofferError?

        func subjects() -> Set<String> {
            Set((manifest?["subjects"] as? [[String: Any]] ?? []).compactMap(Self.subject))
        }
        func list(_ name: String) -> [[String: Any]] { manifest?[name] as? [[String: Any]] ?? [] }
        func samples(of subject: String) -> Int { lines.count { $0.contains("\"subject\":\"\(subject)\"") } }
        static func subject(_ object: [String: Any]) -> String? { object["subject"] as? String }
    }

    private func read(_ epoch: Epoch, _ two: Two, _ ending: Epoch.Ending = .marked) async throws -> Read {
        let sink = MemorySink()
        var read = Read()
        do {
            read.summary = try await epoch.open(
                grant: two.world.grant, as: LineSamples(sink), ifSamplesMustGo: ending
            ) { manifest throws(CofferError) in
                read.manifest = try? JSONSerialization.jsonObject(with: Data(manifest.encoded)) as? [String: Any]
            }
        } catch { read.error = error }
        read.lines = String(decoding: sink.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        return read
    }

    // MARK: Endings

    @Test("A person who revokes before their pages are asked for is left out, and nothing must go")
    func before() async throws {
        let two = try await Two()
        // The index weeks have been answered.
        two.world.after(3) { $0.revoke("bob") }
        let read = try await read(two.epoch(Self.ended), two)
        let (ada, bob) = (try two.subject("ada"), try two.subject("bob"))
        #expect(read.error == nil && read.samples(of: ada) == 2 && read.samples(of: bob) == 0)
        #expect(read.subjects() == [ada] && read.list("mustGo").isEmpty)
        let left = try #require(read.list("leftOut").first)
        #expect(read.list("leftOut").count == 1 && Read.subject(left) == bob && left["rule"] as? String == "revoked")
        let pseudonym = try #require(two.world.pseudonym(of: "bob"))
        let revoked = try #require(two.world.state.pseudonyms[pseudonym]?.revoked)
        #expect(left["entry"] as? Int == Int(revoked.index))
        #expect(read.summary?.leftOut.map(\.subject) == [bob] && read.summary?.mustGo.isEmpty == true)
    }

    @Test("Samples of a person who revokes later must go, and the stream has its end")
    func after() async throws {
        let two = try await Two()
        two.world.after(6) { $0.revoke("bob") }
        let read = try await read(two.epoch(Self.ended), two)
        let (ada, bob) = (try two.subject("ada"), try two.subject("bob"))
        #expect(read.error == nil && read.samples(of: ada) == 2 && read.samples(of: bob) == 2)
        #expect(read.subjects() == [ada])
        let gone = try #require(read.list("mustGo").first)
        #expect(read.list("mustGo").count == 1 && Read.subject(gone) == bob && gone["samples"] as? Int == 2)
        #expect(gone["rule"] as? String == "revoked" && gone["entry"] is Int && gone["day"] == nil)
        #expect(read.summary?.mustGo.map(\.samples) == [2])
    }

    @Test("Objects that a laptop has deleted after its revocation are missing because of it", arguments: [0, 1])
    func deleted(page: Int) async throws {
        let two = try await Two()
        // The pages have been answered; the bodies are read afterwards.
        two.world.after(6) { $0.revoke("bob") }
        try await two.world.lake.delete(try two.page("bob", page).bodies[0])
        let read = try await read(two.epoch(Self.ended), two)
        let (ada, bob) = (try two.subject("ada"), try two.subject("bob"))
        #expect(read.error == nil && read.samples(of: ada) == 2 && read.samples(of: bob) == page)
        let left = try #require(read.list("leftOut").first)
        #expect(Read.subject(left) == bob && left["rule"] as? String == "revoked")
        #expect(read.list("mustGo").map { $0["samples"] as? Int } == (page == 0 ? [] : [1]))
    }

    @Test("Written again, a stream lacks what had to go, and costs no id")
    func again() async throws {
        let two = try await Two()
        two.world.after(6) { $0.revoke("bob") }
        let epoch = two.epoch(Self.ended, secret: try EpochSecret())
        let first = try await read(epoch, two, .none)
        #expect(first.error == nil && first.manifest == nil && first.summary?.mustGo.count == 1)
        let releases = two.world.releases
        let second = try await read(epoch, two, .none)
        #expect(second.error == nil && second.manifest != nil && second.summary?.mustGo.isEmpty == true)
        #expect(try second.samples(of: two.subject("bob")) == 0 && second.samples(of: two.subject("ada")) == 2)
        #expect(try Read.subject(try #require(second.list("leftOut").first)) == two.subject("bob"))
        #expect(two.world.releases == releases)
    }

    @Test("An erased page is left out; if its day was written, the day must go", arguments: [3, 6])
    func erased(after asks: Int) async throws {
        let two = try await Two()
        let page = try two.page("bob", 1)
        two.world.after(asks) { $0.erase(page, of: "bob") }
        let read = try await read(two.epoch(Self.ended), two)
        let bob = try two.subject("bob")
        #expect(read.error == nil && read.samples(of: bob) == (asks == 3 ? 1 : 2))
        let left = try #require(read.list("leftOut").first)
        #expect(left["page"] as? String == page.line.page.hex && left["rule"] as? String == "page.erased")
        #expect(left["entry"] as? Int == Int(two.world.state.size) - (asks == 3 ? 2 : 1))
        let gone = read.list("mustGo")
        #expect(gone.count == (asks == 3 ? 0 : 1))
        if let day = gone.first {
            #expect(day["day"] as? String == "2026-11-24" && day["samples"] as? Int == 1)
        }
        let days = read.list("subjects").first { Read.subject($0) == bob }?["days"] as? [[String: Any]]
        #expect(days?.map { $0["day"] as? String } == ["2026-11-23"])
    }

    @Test("Nothing goes on after a halt, a withdrawal or without a person", arguments: ["halt", "withdraw", "all"])
    func final(what: String) async throws {
        for asks in [1, 3, 6] {
            let two = try await Two()
            two.world.after(asks) { world in
                switch what {
                case "halt": world.halt()
                case "withdraw":
                    world.change { $0.submit($0.withdraw(world.world.purpose), by: Scenario.reviewers) }
                default: for person in ["ada", "bob"] { world.revoke(person) }
                }
            }
            let read = try await read(two.epoch(.init(ended: true, unreadable: true)), two)
            let rule = ["halt": "halted", "withdraw": "release.purpose", "all": "revoked"][what]
            #expect(read.error?.code == .refused && read.error?.rule == rule && read.manifest == nil)
        }
    }

    @Test("By default a revocation ends the stream")
    func stop() async throws {
        let two = try await Two()
        two.world.after(3) { $0.revoke("bob") }
        let read = try await read(two.epoch(Self.unreadable), two)
        #expect(read.error?.rule == "revoked" && read.manifest == nil && read.lines.isEmpty)
    }

    @Test("What only brokers say must be in the ledger at the end", arguments: [true, false])
    func word(isLogged: Bool) async throws {
        let two = try await Two()
        for broker in World.brokers { two.world.set(broker, .refusesPerson("bob", rule: "revoked")) }
        // It is logged after the pages were asked for.
        if isLogged { two.world.after(3) { $0.revoke("bob") } }
        let read = try await read(two.epoch(Self.ended), two)
        if isLogged {
            #expect(try read.error == nil && read.samples(of: two.subject("bob")) == 0)
            #expect(read.list("leftOut").first?["entry"] is Int)
        } else {
            #expect(read.error == CofferError(.tryLater, "", rule: "revoked") && read.manifest == nil)
            #expect(read.error?.place?.pseudonym == two.world.pseudonym(of: "bob"))
        }
    }

    @Test("A refusal by another rule is no ending", arguments: ["page.window", "release.age", "page.kind", "halted"])
    func otherRules(rule: String) async throws {
        let two = try await Two()
        for broker in World.brokers { two.world.set(broker, .refusesPerson("bob", rule: rule)) }
        let read = try await read(two.epoch(.init(ended: true, unreadable: true)), two)
        #expect(read.error == CofferError(.refused, "", rule: rule) && read.lines.isEmpty)
    }

    // MARK: The lake

    enum Fault: String, CaseIterable, Sendable {
        case page, body, index
    }

    @Test("A person is left out of whom something is missing or damaged", arguments: Fault.allCases, [true, false])
    func faults(_ fault: Fault, isGone: Bool) async throws {
        for rules in [DropRules.none, Self.ended, Self.unreadable] {
            let two = try await Two()
            let page = try two.page("bob", 0)
            let index = try #require(two.indices["bob"])
            let name = [.page: page.line.object, .body: page.bodies[0], .index: index][fault] ?? index
            if isGone {
                try await two.world.lake.delete(name)
            } else {
                await two.world.lake.change(name) { $0[90] ^= 1 }
            }
            let read = try await read(two.epoch(rules), two)
            let (ada, bob) = (try two.subject("ada"), try two.subject("bob"))
            if fault == .index, isGone {
                // Nobody can miss an index of an open week.
                #expect(read.error == nil && read.subjects().contains(ada) && read.list("leftOut").isEmpty)
                continue
            }
            guard rules == Self.unreadable else {
                #expect(read.error?.code == (isGone ? .tryLater : .tampering) && read.manifest == nil)
                continue
            }
            #expect(read.error == nil && read.samples(of: ada) == 2 && read.samples(of: bob) == 0)
            #expect(read.subjects() == [ada] && read.list("mustGo").isEmpty)
            let left = try #require(read.list("leftOut").first)
            let rule =
                switch fault {
                case .page: isGone ? "page.missing" : "page.open"
                case .body: isGone ? "body.missing" : "body.hash"
                case .index: "index.open"
                }
            #expect(Read.subject(left) == bob && left["rule"] as? String == rule && left["entry"] == nil)
        }
    }

    @Test("Samples of an unreadable person's days before must go")
    func laterDay() async throws {
        let two = try await Two()
        try await two.world.lake.delete(try two.page("bob", 1).bodies[0])
        let epoch = two.epoch(Self.unreadable, secret: try EpochSecret())
        let read = try await read(epoch, two)
        #expect(try read.error == nil && read.samples(of: two.subject("bob")) == 1)
        #expect(read.summary?.mustGo.map(\.samples) == [1] && read.summary?.mustGo.first?.rule == "body.missing")
        let again = try await self.read(epoch, two, .none)
        #expect(try again.error == nil && again.samples(of: two.subject("bob")) == 0 && again.manifest != nil)
    }

    @Test("A lake without any index is no epoch, whatever is dropped")
    func emptyLake() async throws {
        let two = try await Two()
        let epoch = Epoch(
            ledger: two.world, brokers: two.world, lake: MemoryLake(), job: two.world.job,
            drop: .init(ended: true, unreadable: true))
        let read = try await read(epoch, two)
        #expect(read.error == CofferError(.tryLater, "", rule: "index.missing") && read.manifest == nil)
    }

    @Test("Brokers that disagree are no fault of the lake")
    func disagreement() async throws {
        let world = try JobWorld(days: JobWorld.monday...(JobWorld.monday + 7))
        try await world.index([try await world.page(.keys, "code", [Desk().type("a", at: 0)])])
        world.set("acme-1", .lies)
        let epoch = Epoch(
            ledger: world, brokers: world, lake: world.lake, job: world.job,
            drop: .init(ended: true, unreadable: true))
        await #expect(throws: CofferError(.tryLater, "", rule: "index.answers")) {
            _ = try await epoch.open(grant: world.grant, as: LineSamples(MemorySink()))
        }
    }
}
