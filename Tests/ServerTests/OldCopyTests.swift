import CofferTestKit
import Files
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Serving
import Testing

@testable import LedgerServer

/// A ledger on a copy of yesterday, or on an empty directory, signs no second history.
@Suite("An old copy of a ledger", .timeLimit(.minutes(15)))
struct OldCopyTests {
    private let world: LedgerWorld

    init() throws { world = try LedgerWorld() }

    private static let behind = CofferError(.configuration, "", rule: "ledger.behind")

    private static func halt(_ number: Int) -> Bytes {
        let id = ID128(Hash256(of: "halt \(number)".utf8).bytes)
        return Scenario.note(Halt(heading: Heading(origin: Scenario.origin, id: id, until: nil)), by: ["security"])
    }

    /// What comes of a statement that the ledger takes: nil when it is published.
    private func append(_ number: Int, to service: LedgerService, turns: Int = 2) async -> (any Error)? {
        let appended = Task { try await service.sequencer.append(Self.halt(number)) }
        while await service.sequencer.outstanding == 0 { await Task.yield() }
        for _ in 0..<turns where await service.sequencer.outstanding > 0 { try? await service.sequencer.turn() }
        do { _ = try await appended.value } catch { return error }
        return nil
    }

    /// The committed checkpoint on a disk: all that the ledger has signed last.
    private func signed(_ disk: SimulatedDisk? = nil) throws -> Bytes? { try (disk ?? world.disk).read("ledger/head") }

    private func url(_ name: String) throws -> String {
        try #require(world.scenario.terms.namedCosigners.first { $0.name == name }?.url)
    }

    /// The ledger with one statement, a copy of its disk, and the ledger with two.
    private func copied() async throws -> SimulatedDisk {
        let service = try await world.service()
        #expect(await append(1, to: service) == nil)
        let copy = SimulatedDisk(copying: world.disk)
        #expect(await append(2, to: service) == nil)
        return copy
    }

    @Test("On yesterday's copy it signs nothing, and says what to do")
    func yesterday() async throws {
        let copy = try await copied()
        copy.cutPower(seed: 1)
        let before = try signed(copy)
        let service = try await world.service(on: copy)
        await #expect(throws: Self.behind) { try await service.sequencer.turn() }
        await #expect(throws: Self.behind) { try await service.stop.run() }
        #expect(await append(3, to: service) is ServerFailure)
        #expect(try signed(copy) == before)
    }

    @Test("On an empty directory it signs nothing, not even the charter")
    func empty() async throws {
        _ = try await copied()
        let disk = SimulatedDisk()
        let service = try await world.service(on: disk)
        await #expect(throws: Self.behind) { try await service.sequencer.turn() }
        #expect(try signed(disk) == nil)
    }

    @Test("One cosigner that shows the larger checkpoint is enough, while the others are silent")
    func oneWitness() async throws {
        let copy = try await copied()
        for disk in [copy, SimulatedDisk()] {
            world.cut(world.witnesses.count - 1)
            let before = try signed(disk)
            let service = try await world.service(on: disk)
            await #expect(throws: Self.behind) { try await service.sequencer.turn() }
            #expect(try signed(disk) == before)
        }
    }

    @Test(
        "With too few cosigners it waits: it takes nothing, and goes on once there are enough",
        arguments: [true, false])
    func tooFew(isNew: Bool) async throws {
        if !isNew { #expect(await append(1, to: try await world.service()) == nil) }
        world.disk.cutPower(seed: 2)
        // Five cosigners, three make a quorum.
        world.cut(3)
        let before = try signed()
        let service = try await world.service()
        #expect(await append(2, to: service) is ServerFailure)
        #expect(try signed() == before)
        world.cut(2)
        #expect(await append(2, to: service) == nil)
        #expect(try signed() != before)
    }

    @Test("A larger size without this ledger's signature stops nobody: one cosigner has no such power")
    func bareConflict() async throws {
        let liar = try url("north")
        let text = Checkpoint(origin: Scenario.origin, size: 1_000, root: Hash256(of: [1])).text
        let line = Cosignature.make(
            text, by: NoteKey(cosigner: Scenario.publicKey("north")), with: Scenario.key("north"), time: 7)
        func shown(by signer: String?) throws -> Bytes {
            var note = try SignedNote(text: text, signatures: [])
            if let signer {
                let key = try #require(
                    NoteKey(name: Scenario.origin, kind: .ed25519, key: Scenario.publicKey(signer)))
                note.add(key.sign(text, with: Scenario.key(signer)))
            }
            note.add(line)
            return note.encoded
        }
        for shown in [nil, Array("junk".utf8), try shown(by: nil), try shown(by: "ledger-2")] as [Bytes?] {
            let world = try LedgerWorld()
            let network = ScriptedTransport(passing: world.network)
            network.route(liar + "/") { request in
                request.body == nil ? .file(shown) : HTTPReply(status: 409, body: Array("1000\n".utf8))
            }
            let service = try await world.service(transport: network)
            for number in 1...2 { #expect(await append(number, to: service) == nil) }
            world.clock.advance(by: 60_000)
            try await service.sequencer.turn()
        }
    }

    @Test("At any time: once a larger checkpoint of its own is shown, it commits nothing more")
    func later() async throws {
        let copy = try await copied()
        let witness = try url("north")
        // The others have gone back with the ledger; this one cannot be reached at first.
        let network = ScriptedTransport(passing: try LedgerWorld().network)
        network.cut([witness + "/"])
        let service = try await world.service(transport: network, on: copy)
        try await service.sequencer.turn()
        network.route(witness + "/") { [world] request async throws(CofferError) in
            guard let body = request.body else { return try await world.network.get(request.url, atMost: .max) }
            return try await world.network.post(request.url, body, atMost: .max)
        }
        network.cut([])
        world.clock.advance(by: 60_000)
        let before = try signed(copy)
        await #expect(throws: Self.behind) { try await service.sequencer.turn() }
        for number in 3...4 { #expect(await append(number, to: service) is ServerFailure) }
        #expect(try signed(copy) == before)
    }
}
