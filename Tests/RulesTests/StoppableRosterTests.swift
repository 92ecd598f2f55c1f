import CofferTestKit
import Ledger
import Rules
import Sealing
import Testing

/// The rosters that a halt must reach, and amendments that come as files.
@Suite("Rosters that can be stopped")
struct StoppableRosterTests {
    private static let quorum = AmendTests.quorum + ["council-2"]

    private static func names(_ roster: StoppableRoster) -> [String] { roster.groups[1].brokers.map(\.name) }

    @Test("The roster in force and every one with live consents count, an announced one is named")
    func rosters() throws {
        var scenario = Scenario()
        _ = scenario.programme()
        let first = try #require(scenario.state.stoppableRosters().first)
        #expect(scenario.state.stoppableRosters().count == 1)
        #expect(first.standing == .inForce && first.liveConsents == 2 && first.opens)

        scenario.submit(scenario.amend(scenario.newCouncil()), by: Self.quorum)
        let announced = scenario.state.stoppableRosters()
        #expect(announced.map(\.standing) == [.inForce, .announced])
        #expect(announced.map(Self.names) == [["council-1"], ["council-2"]])
        #expect(announced.map(\.opens) == [true, false])

        scenario.now += Scenario.hour
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        let after = scenario.state.stoppableRosters()
        #expect(after.map(Self.names) == [["council-2"], ["council-1"]])
        #expect(after.map(\.standing) == [.inForce, .older])
        #expect(after.map(\.liveConsents) == [0, 1])
        #expect(after.map(\.opens) == [true, true])

        scenario.submit(scenario.revoke("bob"), by: ["bob"])
        #expect(scenario.state.stoppableRosters().map(Self.names) == [["council-2"]])
    }

    @Test("n − t + 1 of one group stop a roster, whichever the others are")
    func stopped() throws {
        let groups = Scenario.terms().groups
        func isStopped(_ names: [String]) -> Bool {
            groups.contains { $0.isStopped(by: Set(names.map(Scenario.publicKey))) }
        }
        #expect(isStopped(["council-1"]))
        #expect(isStopped(["acme-1", "acme-3"]))
        #expect(!isStopped(["acme-1"]))
        #expect(!isStopped(["acme-1", "council-2", "stranger"]))
        #expect(!isStopped([]))
    }

    @Test("Amendments given in files are judged by the rules, in their order, and those that are known are skipped")
    func givenAmendments() throws {
        var scenario = Scenario()
        let pinned = scenario.state
        let terms = scenario.newCouncil()
        let first = scenario.amend(terms)
        scenario.submit(first, by: Self.quorum)
        scenario.now += Scenario.hour
        scenario.submit(scenario.purpose(), by: Scenario.reviewers)
        let second = scenario.amend(scenario.terms, amends: first.hash)
        func file(_ amend: Amend, by signers: [String] = Self.quorum) throws -> SignedNote {
            try SignedNote(parsing: Scenario.note(amend, by: signers))
        }
        let one = try pinned.amended(by: [try file(first)])
        #expect(one.charter?.hash == first.hash)
        let rosters = one.stoppableRosters(hasConsents: false)
        #expect(rosters.map(Self.names) == [["council-2"], ["council-1"]])
        #expect(rosters.map(\.opens) == [true, true])
        #expect(rosters.map(\.liveConsents) == [nil, nil])

        let two = try pinned.amended(by: [try file(first), try file(second)])
        #expect(two.charter?.hash == second.hash)
        #expect(try scenario.state.amended(by: [try file(first)]).digest == scenario.state.digest)
        #expect(try scenario.state.amended(by: [try file(first), try file(second)]).charter?.hash == second.hash)

        // The second is signed by a broker that only the first names.
        #expect(throws: CofferError(.refused, "", rule: "signature")) {
            try pinned.amended(by: [try file(second), try file(first)])
        }
        #expect(throws: CofferError(.refused, "", rule: "quorum")) {
            try pinned.amended(by: [try file(first, by: ["ledger", "desk"])])
        }
        let purpose = try SignedNote(parsing: Scenario.note(scenario.purpose(), by: Scenario.reviewers))
        #expect(throws: CofferError(.usage, "", rule: "amend.format")) { try pinned.amended(by: [purpose]) }
    }
}
