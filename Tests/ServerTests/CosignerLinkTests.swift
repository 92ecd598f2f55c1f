import CofferTestKit
import Ledger
import Messages
import Rules
import Sealing
import Testing

@testable import LedgerServer

/// The ledger's side of `add-checkpoint`, against witnesses that are strict, old or hostile.
@Suite("Cosigner link", .timeLimit(.minutes(15)))
struct CosignerLinkTests {
    static let key = Scenario.key("north")
    static let cosigner = NoteKey(cosigner: key.publicKey)

    typealias Answer = @Sendable (AddCheckpoint) -> HTTPReply

    /// A witness that gives these answers one after the other.
    private func script(_ answers: Answer...) -> ScriptedTransport {
        ScriptedTransport(
            inOrder: answers.map { answer in
                { request in (try? AddCheckpoint(parsing: request.body ?? [])).map(answer) }
            })
    }

    private func asked(_ transport: ScriptedTransport) throws -> [AddCheckpoint] {
        try transport.requests.map { try AddCheckpoint(parsing: $0.body ?? []) }
    }

    static func reply(_ status: Int, _ text: String = "") -> Answer {
        { _ in HTTPReply(status: status, body: Array(text.utf8)) }
    }

    @Sendable static func cosigned(_ request: AddCheckpoint) -> HTTPReply {
        HTTPReply(
            status: 200, body: Cosignature.make(request.note.text, by: cosigner, with: key, time: 7).encoded)
    }

    /// A log of five entries and its checkpoint.
    private func log() throws -> LogWriter {
        let writer = try LogWriter(
            origin: Scenario.origin, key: Scenario.key("ledger"), directory: "log", files: SimulatedDisk())
        _ = try writer.append((0..<5).map { [$0] })
        return writer
    }

    private func cosign(_ script: ScriptedTransport) async throws -> NoteSignature {
        let writer = try log()
        let checkpoint = try #require(writer.committed)
        let link = CosignerClient(
            Cosigner(name: "north", url: "http://north.example/", key: Self.cosigner), transport: script)
        return try await link.cosign(checkpoint, size: 5) { writer.tree }
    }

    @Test("409 tells the size, with its newline or, from older witnesses, without", arguments: ["3\n", "3"])
    func conflict(body: String) async throws {
        let witness = script(Self.reply(409, body), Self.cosigned)
        let line = try await cosign(witness)
        #expect(line.name == Self.cosigner.name)
        let asked = try asked(witness)
        #expect(asked.map(\.oldSize) == [0, 3] && asked[0].proof.isEmpty && !asked[1].proof.isEmpty)
    }

    @Test("Lines of other keys and of other types are ignored")
    func otherLines() async throws {
        let other = Scenario.key("south")
        let witness = script { request in
            let postQuantum = NoteSignature(
                name: Self.cosigner.name, keyID: 9, signature: Bytes(repeating: 1, count: 2_428))
            let stranger = Cosignature.make(
                request.note.text, by: NoteKey(cosigner: other.publicKey), with: other, time: 7)
            return HTTPReply(
                status: 200, body: postQuantum.encoded + stranger.encoded + Self.cosigned(request).body)
        }
        #expect(try await cosign(witness).name == Self.cosigner.name)
    }

    @Test("A reply without a valid cosignature is refused")
    func badAnswers() async throws {
        let other = Scenario.key("south")
        let forged: Answer = { request in
            let line = Cosignature.make(request.note.text, by: Self.cosigner, with: other, time: 7)
            return HTTPReply(status: 200, body: line.encoded)
        }
        let plain: Answer = { request in
            let line = NoteKey(signer: Self.key.publicKey).sign(request.note.text, with: Self.key)
            return HTTPReply(status: 200, body: line.encoded)
        }
        let otherHead: Answer = { request in
            let text = Checkpoint(origin: Scenario.origin, size: 9, root: Merkle.emptyRoot).text
            return HTTPReply(
                status: 200, body: Cosignature.make(text, by: Self.cosigner, with: Self.key, time: 7).encoded)
        }
        for answer in [forged, plain, otherHead, Self.reply(200), Self.reply(200, "ok\n"), Self.reply(409, "many")] {
            await #expect(throws: CosignerClient.CosignError.badAnswer) { try await cosign(script(answer)) }
        }
    }

    @Test("A witness that is ahead, one that saw another tree, and those that do not serve")
    func failures() async throws {
        await #expect(throws: CosignerClient.CosignError.ahead(size: 6)) {
            try await cosign(script(Self.reply(409, "6\n")))
        }
        await #expect(throws: CosignerClient.CosignError.inconsistent) { try await cosign(script(Self.reply(422))) }
        // Older witnesses say 403 where the specification has 404: neither gives a cosignature.
        for status in [403, 404, 500, 301] {
            await #expect(throws: CosignerClient.CosignError.unavailable(status: status)) {
                try await cosign(script(Self.reply(status)))
            }
        }
        await #expect(throws: CosignerClient.CosignError.unavailable(status: nil)) { try await cosign(script()) }
        let endless = Self.reply(409, "3\n")
        await #expect(throws: CosignerClient.CosignError.unavailable(status: 409)) {
            try await cosign(script(endless, endless, endless, Self.cosigned))
        }
    }
}
