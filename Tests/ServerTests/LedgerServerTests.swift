import CofferTestKit
import FoundationEssentials
import Hummingbird
import HummingbirdTesting
import Ledger
import Logging
import Messages
import Replica
import Rules
import Sealing
import Serving
import Testing

@testable import LedgerServer

@Suite("Ledger server", .timeLimit(.minutes(15)))
struct LedgerServerTests {
    /// What `POST /append` answers.
    struct Answer: Decodable {
        let schema: String
        let index: UInt64
        let time: Milliseconds
        let verdict: String
        let rule: String?
        let duplicate: Bool?
        let size: UInt64
        let checkpoint: String
        let proof: [String]
    }

    private func append(_ note: Bytes, to client: any TestClientProtocol) async throws -> (Int, Bytes) {
        let response = try await client.execute(uri: "/append", method: .post, body: ByteBuffer(bytes: note))
        return (response.status.code, Array(response.body.readableBytesView))
    }

    private func expect(
        _ status: Int, _ note: Bytes, _ client: any TestClientProtocol, at location: SourceLocation = #_sourceLocation
    ) async throws {
        let answered = try await append(note, to: client).0
        #expect(answered == status, sourceLocation: location)
    }

    private func answer(_ body: Bytes) throws -> Answer { try JSONDecoder().decode(Answer.self, from: Data(body)) }

    @Test("A statement is answered once a quorum has cosigned it, with a proof; sent again it is the same entry")
    func append() async throws {
        let world = try LedgerWorld()
        var scenario = world.scenario
        let halt = Scenario.note(Halt(heading: scenario.stoppingHeading()), by: ["security"])
        let policy = try world.policy
        try await world.serve { client, _ in
            let (status, body) = try await append(halt, to: client)
            #expect(status == 200)
            let first = try answer(body)
            #expect(first.schema == "coffer.append.v1" && first.index == 1 && first.verdict == "accepted")
            #expect(first.duplicate == nil && first.time == Scenario.noon)
            let note = try SignedNote(parsing: Array(first.checkpoint.utf8))
            let checkpoint = try policy.verify(note)
            let entry = Entry(stamp: first.time, note: halt).encoded
            let proof = try first.proof.map { try Hash256(try Base64.decode($0)) }
            #expect(
                Merkle.verifyInclusion(
                    index: 1, size: checkpoint.size, leaf: Merkle.leafHash(entry), proof: proof, root: checkpoint.root))
            let again = try answer(try await append(halt, to: client).1)
            #expect(again.index == 1 && again.duplicate == true && again.time == first.time)

            let served = try await client.execute(uri: "/checkpoint", method: .get)
            #expect(
                try policy.verify(SignedNote(parsing: Array(served.body.readableBytesView))).size == checkpoint.size)
            let bundle = try await client.execute(uri: "/tile/entries/000.p/2", method: .get)
            #expect(try EntryBundle.parse(Array(bundle.body.readableBytesView), count: 2)[1] == entry[...])
            let charter = try await client.execute(uri: "/charter", method: .get)
            #expect(Array(charter.body.readableBytesView) == world.scenario.charterNote)
        }
    }

    @Test("A refused statement is logged as evidence and its rule is named")
    func refused() async throws {
        let world = try LedgerWorld()
        var scenario = world.scenario
        // A halter may not resume.
        let halt = Halt(heading: scenario.stoppingHeading())
        let resume = Scenario.note(Resume(heading: scenario.heading(), halts: [halt.hash]), by: ["security"])
        try await world.serve { client, _ in
            let (status, body) = try await append(resume, to: client)
            let refused = try answer(body)
            #expect(status == 200 && refused.verdict == "refused" && refused.rule != nil && refused.index == 1)
        }
    }

    @Test("Without a quorum nothing is published and 503 is answered; with it again, all that was logged is")
    func quorum() async throws {
        let world = try LedgerWorld()
        var scenario = world.scenario
        let halts = (0..<3).map { _ in
            Scenario.note(Halt(heading: scenario.stoppingHeading()), by: ["security"])
        }
        try await world.serve { client, service in
            try await expect(200, halts[0], client)
            let before = try service.tiles.checkpoint()
            // Five cosigners, three make a quorum.
            world.cut(3)
            let (status, body) = try await append(halts[1], to: client)
            #expect(status == 503 && String(decoding: body, as: UTF8.self).contains("\"code\":75"))
            #expect(try service.tiles.checkpoint() == before)
            world.cut(2)
            // Nobody need send anything for it. Until then a round that began without a quorum may send others away.
            try await waitUntil("the rest is published") { try service.tiles.checkpoint() != before }
            let late = try answer(try await append(halts[2], to: client).1)
            #expect(late.verdict == "accepted")
            // The one that got 503 was kept: it is in the log, once.
            let kept = try answer(try await append(halts[1], to: client).1)
            #expect(kept.duplicate == true && kept.index < late.index)
        }
    }

    @Test("One cosigner that never answers holds up neither a statement nor the fresh checkpoint of an idle log")
    func mute() async throws {
        let world = try LedgerWorld()
        let mute = try #require(world.witnesses.keys.min())
        let network = ScriptedTransport(passing: world.network)
        network.silence(mute)
        let service = try await world.service(transport: network)
        for _ in 0..<2 {
            try await service.sequencer.turn()
            let checkpoint = try SignedNote(checkpoint: #require(try service.tiles.checkpoint()))
            #expect(try world.policy.verify(checkpoint).quorumTime == Seconds(world.clock.now))
            world.clock.advance(by: 60_000)
        }
    }

    @Test("Malformed bodies, unknown keys and bodies that are too large are refused")
    func hostile() async throws {
        let world = try LedgerWorld()
        var scenario = world.scenario
        let halt = Halt(heading: scenario.stoppingHeading())
        let stranger = Scenario.note(halt, by: ["nobody"])
        var forged = Scenario.note(halt, by: ["security"])
        forged[20] ^= 1
        let cases: [(Bytes, [Int])] = [
            ([], [400]), (Array("hello".utf8), [400]), (Bytes(repeating: 0xff, count: 1_000), [400]),
            (stranger, [403]), (forged, [400, 403]), (Bytes(repeating: 97, count: 70_000), [413]),
            (Scenario.note(halt, by: []) + Array("— x AAAAAAA=\n".utf8), [403]),
            (Scenario.note(halt, by: ["security", "security"]), [403]),
        ]
        try await world.serve { client, _ in
            for (body, expected) in cases {
                let (status, reply) = try await append(body, to: client)
                #expect(expected.contains(status))
                let text = String(decoding: reply, as: UTF8.self)
                #expect(text.hasPrefix("{\"schema\":\"coffer.error.v1\",\"code\":"))
                #expect(!text.contains("swift") && !text.contains("Error("))
            }
            for path in [
                "/tile/0/000.p/9", "/tile/0/../../head", "/tile/9/000", "/tile/entries/zzz", "/head", "/staging/1", "/",
                "/tile/0/%2e%2e/head", "/append",
            ] {
                let status = try await client.execute(uri: path, method: .get).status.code
                #expect([404, 405].contains(status), "\(path)")
            }
            try await expect(200, Scenario.note(halt, by: ["security"]), client)
        }
    }

    @Test("Starting statements have a rate for each key, stopping statements do not")
    func rate() async throws {
        let world = try LedgerWorld { $0.rate = 2 }
        var scenario = world.scenario
        let resumes = (0..<3).map { _ in
            Scenario.note(
                Resume(heading: scenario.heading(until: scenario.now + 7_200_000), halts: [Hash256(of: [1])]),
                by: ["privacy"])
        }
        let halts = (0..<5).map { _ in
            Scenario.note(Halt(heading: scenario.stoppingHeading()), by: ["security"])
        }
        try await world.serve { client, _ in
            for i in 0..<2 { try await expect(200, resumes[i], client) }
            try await expect(429, resumes[2], client)
            // Sending one again does not use up the key's rate, but has its own bound.
            for _ in 1..<Admission.repeats { try await expect(200, resumes[0], client) }
            try await expect(429, resumes[0], client)
            for halt in halts { try await expect(200, halt, client) }
            world.clock.advance(by: 3_700_000)
            try await expect(200, resumes[2], client)
        }
    }

    @Test("A stop that changes nothing is not logged, also when it comes in the same batch as the one that stopped")
    func freeStops() async throws {
        let world = try LedgerWorld()
        var scenario = world.scenario
        let enrol = Scenario.note(scenario.enrol(["ann"]), by: ["desk"])
        let revokes = (0..<20).map { _ in Scenario.note(scenario.revoke("ann"), by: ["ann"]) }
        let late = Scenario.note(scenario.revoke("ann"), by: ["ann"])
        let erase = Scenario.note(
            scenario.erase("ann", under: Hash256(of: [1]), [Scenario.page(1)]), by: ["ann"])
        try await world.serve { client, service in
            try await expect(200, enrol, client)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for note in revokes { group.addTask { try await append(note, to: client).0 } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.filter { $0 == 200 }.count == 1 && statuses.filter { $0 == 403 }.count == 19)
            for note in [late, erase] {
                let (status, body) = try await append(note, to: client)
                #expect(status == 403)
                #expect(try ErrorReply(parsing: body).rule == "stop.moot")
            }
            // Charter, enrolment and one revoke; the accepted one, sent again, gets its entry.
            #expect(await service.sequencer.figures().size == 3)
            let again = try await withThrowingTaskGroup(of: Int.self) { group in
                for note in revokes { group.addTask { try await append(note, to: client).0 } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(again.filter { $0 == 200 }.count == 1)
            #expect(await service.sequencer.figures().size == 3)
        }
    }

    @Test("An old note out of the log, its identity long forgotten, does not fill the log again")
    func oldNotes() async throws {
        let world = try LedgerWorld()
        var scenario = world.scenario
        let enrol = Scenario.note(scenario.enrol(["ann"]), by: ["desk"])
        let halt = Scenario.note(Halt(heading: scenario.stoppingHeading()), by: ["security"])
        try await world.serve { client, _ in
            try await expect(200, enrol, client)
            world.clock.advance(by: 9 * millisecondsPerDay)
            try await expect(200, halt, client)
            try await expect(403, enrol, client)
            let (_, body) = try await append(halt, to: client)
            let again = try answer(body)
            #expect(again.index == 2 && again.duplicate == true)
        }
    }

    @Test("A restarted server goes on with the same log and remembers what it accepted")
    func restart() async throws {
        let world = try LedgerWorld()
        var scenario = world.scenario
        let halt = Scenario.note(Halt(heading: scenario.stoppingHeading()), by: ["security"])
        try await world.serve { client, _ in try await expect(200, halt, client) }
        world.disk.cutPower(seed: 1)
        try await world.serve { client, _ in
            let again = try answer(try await append(halt, to: client).1)
            #expect(again.duplicate == true && again.index == 1)
        }
    }

    @Test("A server with another key or another charter does not start")
    func wrongStart() async throws {
        let world = try LedgerWorld()
        try await world.service().sequencer.turn()
        await #expect(throws: CofferError(.configuration, "")) {
            try await LedgerService(
                directory: "other", key: Scenario.key("desk"),
                charter: CharterFile(parsing: world.scenario.charterNote),
                files: world.disk, logger: .init(label: "test"), now: world.clock.read)
        }
        let other = Scenario(change: { $0.rate = 7 })
        await #expect(throws: CofferError(.configuration, "")) {
            try await LedgerService(
                directory: "ledger", key: Scenario.key("ledger"), charter: CharterFile(parsing: other.charterNote),
                files: world.disk, logger: .init(label: "test"), now: world.clock.read)
        }
    }

    @Test("A disk that fails ends the server: nothing is answered, nothing is taken any more")
    func fatal() async throws {
        let world = try LedgerWorld()
        var scenario = world.scenario
        let halt = Scenario.note(Halt(heading: scenario.stoppingHeading()), by: ["security"])
        let service = try await world.service()
        world.disk.start(.error(at: 1, code: 28))
        let pending = Task { try await service.sequencer.append(halt) }
        await #expect(throws: CofferError(.configuration, "")) { try await service.sequencer.run() }
        await #expect(throws: ServerFailure.self) { try await pending.value }
        await #expect(throws: CofferError(.configuration, "")) { try await service.stop.run() }
    }
}
