import Client
import CofferTestKit
import Foundation
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Synchronization
import Testing

@testable import Job

/// What brokers say that they judged at, beside the log that the job follows.
@Suite("Judged heads")
struct JudgedCheckpointsTests {
    /// A broker's server: the log that it serves, and the tree at which it says that it judged. Instead of a log it
    /// serves the word "fork".
    private struct BrokerServer: HTTPTransport {
        let key = SigningKey()
        let sealing: SealingPrivateKey
        let served: Scenario?
        var judged: (size: Int, root: Hash256)?

        var seat: CharterTerms.Broker {
            CharterTerms.Broker(
                name: "acme-1", operator: "acme", side: .company, noteKey: key.publicKey, cosigner: key.publicKey,
                sealing: sealing.publicKey, url: "http://acme-1.example")
        }

        func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply {
            guard let served else {
                let words = #"{"schema":"coffer.error.v1","code":77,"rule":"fork","message":"fork"}"#
                return HTTPReply(status: 403, body: Array(words.utf8))
            }
            if url.hasSuffix("/checkpoint"), let checkpoint = try? served.checkpoint(at: served.now) {
                return HTTPReply(status: 200, body: checkpoint.encoded)
            }
            guard let tile = TilePath(parsing: String(url.dropFirst(seat.url.count + 1))) else {
                return HTTPReply(status: 404, body: [])
            }
            let entries = served.entries.dropFirst(Int(tile.index) * 256).prefix(tile.width)
            return HTTPReply(status: 200, body: EntryBundle.encode(entries.map(\.encoded)))
        }

        func post(_ url: String, _ body: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply {
            guard let judged, let asked = try? ask(in: body) else { return HTTPReply(status: 400, body: []) }
            let partials = Bytes(repeating: 7, count: 32)
            let answer = Answer(
                origin: Scenario.origin, release: asked.release, ask: asked.hash, broker: key.publicKey,
                size: SaturatingUInt64(clamping: judged.size), root: judged.root, partials: partials)
            return HTTPReply(
                status: 200,
                body: try SealedAnswer.seal(answer, partials: partials, by: key, to: asked.recipient))
        }

        private func ask(in body: Bytes) throws -> Ask {
            let release = try Hash256(body.prefix(32))
            let info = HPKEInfo.statement(
                .ask, origin: Scenario.origin, statement: release, recipient: sealing.publicKey)
            let plaintext = try SealedBox.open(Array(body.dropFirst(32)), with: sealing, info: info)
            return try Ask(parsing: SignedNote(parsing: plaintext).text)
        }
    }

    private let directory = NSTemporaryDirectory() + "coffer-judged-\(UInt64.random(in: 0 ... .max))"
    private let scenario: Scenario

    init() {
        var scenario = Scenario()
        _ = scenario.programme()
        scenario.grow(by: 3)
        self.scenario = scenario
    }

    /// The job follows the scenario's log, and a broker that serves this one or none answers it, once for each of these
    /// trees. Then the job follows again: how many entries its view rests on, and what was said.
    private func follow(
        answered trees: [(Int, Hash256)], by served: Scenario?
    ) async throws -> (followed: UInt64?, said: [String]) {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var broker = BrokerServer(sealing: try SealingPrivateKey(), served: served)
        let ledgerServer = BrokerServer(sealing: broker.sealing, served: scenario)
        let said = Mutex<[String]>([])
        let checkpoints = JudgedCheckpoints { sentence in said.withLock { $0.append(sentence) } }
        let follower = Follower(
            pin: Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: ""),
            store: MemoryLedger(), sources: [HTTPSource(url: broker.seat.url, transport: ledgerServer)],
            evidence: EvidenceDirectory(path: directory))
        let ledger = JobLedgerClient(
            origin: Scenario.origin, follower: follower, client: LedgerClient(url: "http://ledger.example"),
            job: Scenario.key("job"), now: { [now = scenario.now] in now }
        ).comparing(checkpoints)
        _ = try await ledger.view()

        let recipient = try SealingPrivateKey()
        let ask = Ask(
            origin: Scenario.origin, release: Hash256(of: [1]), recipient: recipient.publicKey,
            positions: [AskPosition(at: 0, kind: "keys", app: "code", day: Day(of: scenario.now))])
        for tree in trees {
            broker.judged = tree
            let line = HTTPBrokerAsker(job: Scenario.key("job"), transport: broker, judged: checkpoints)
            _ = try await line.ask(ask, of: broker.seat, holding: 1, recipient: recipient)
        }
        let evidence = { FileManager.default.fileExists(atPath: directory) }
        // What was spoken of once is not again.
        for _ in 0..<2 {
            do { _ = try await ledger.view() } catch {
                #expect(evidence() == (error.rule == "fork"))
                throw error
            }
        }
        #expect(!evidence())
        return (await follower.followed?.checkpoint.size, said.withLock { $0 })
    }

    @Test("The log's own trees, new and old, are good")
    func same() async throws {
        for size in 1...scenario.entries.count {
            #expect(try await follow(answered: [scenario.tree(size)], by: nil).said.isEmpty)
        }
    }

    @Test("A broker of another history of the ledger's: both checkpoints are evidence", arguments: [-2, 0, 4])
    func fork(more: Int) async throws {
        var other = Scenario()
        _ = other.programme()
        other.submit(other.halt(), by: ["security"])
        other.grow(by: 2)
        let size = other.entries.count
        other.grow(by: max(0, more))
        let trees = try [1, size + more].map { try other.tree($0) }
        await #expect(throws: CofferError(.tampering, "", rule: "fork")) {
            try await follow(answered: trees, by: other)
        }
    }

    @Test("A broker that signs an unknown root or tree is reported, and the job goes on")
    func liar() async throws {
        for served in [scenario, nil] {
            let count = scenario.entries.count
            for size in [0, 1, count - 1, count, count + 1_000] {
                let (followed, said) = try await follow(answered: [(size, Hash256(of: [1]))], by: served)
                #expect(followed == UInt64(count))
                #expect(said == ["broker acme-1 judged by a checkpoint of \(size) entries that is not the ledger's"])
            }
        }
    }

    @Test("A tree beyond what the ledger shows is followed from the broker that has it")
    func longer() async throws {
        var longer = scenario
        longer.grow(by: 1)
        let (followed, said) = try await follow(answered: [longer.tree(longer.entries.count)], by: longer)
        #expect(followed == UInt64(longer.entries.count) && said.isEmpty)
    }
}

extension Scenario {
    fileprivate func tree(_ size: Int) throws -> (Int, Hash256) { (size, replayed(size).1.root) }
}
