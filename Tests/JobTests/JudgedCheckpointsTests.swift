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
    /// The broker that the job asks. Its keys are its own.
    private static let seat = Scenario.terms().groups[0].brokers[0]

    /// A broker's server: the log that it serves, or the word "fork" instead, and the tree at which it says that it
    /// judged.
    private func server(serving served: Scenario?, judging tree: (size: Int, root: Hash256)) throws -> ScriptedTransport
    {
        let network = ScriptedTransport { _ in .refusal(rule: "fork") }
        if let served { network.route(Self.seat.url + "/", try ServedLog(served).answer) }
        // It is older than sessions.
        network.route(Self.seat.url + "/session") { _ in .text(404, "") }
        network.route(Self.seat.url + "/ask") { request in
            guard let reply = try? Self.answer(request.body ?? [], tree) else { return .text(400, "") }
            return .ok(reply)
        }
        return network
    }

    private static func answer(_ body: Bytes, _ tree: (size: Int, root: Hash256)) throws -> Bytes {
        let release = try Hash256(body.prefix(32))
        let info = HPKEInfo.statement(.ask, origin: Scenario.origin, statement: release, recipient: seat.sealing)
        let plaintext = try SealedBox.open(
            Array(body.dropFirst(32)), with: Scenario.sealingKey(seat.name), info: info)
        let ask = try Ask(parsing: SignedNote(parsing: plaintext).text)
        let partials = Bytes(repeating: 7, count: 32)
        let answer = Answer(
            origin: Scenario.origin, release: ask.release, ask: ask.hash, broker: seat.noteKey,
            size: SaturatingUInt64(clamping: tree.size), root: tree.root, partials: partials)
        return try SealedAnswer.seal(answer, partials: partials, by: Scenario.key(seat.name), to: ask.recipient)
    }

    private let directory = NSTemporaryDirectory() + "coffer-judged-\(UInt64.random(in: 0 ... .max))"
    private let scenario: Scenario

    init() {
        var scenario = Scenario.withProgramme()
        scenario.grow(by: 3)
        self.scenario = scenario
    }

    /// The job follows the scenario's log, and a broker that serves this one or none answers it, once for each of these
    /// trees. Then the job follows again: how many entries its view rests on, and what was said.
    private func follow(
        answered trees: [(Int, Hash256)], by served: Scenario?
    ) async throws -> (followed: UInt64?, said: [String]) {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let said = Mutex<[String]>([])
        let checkpoints = JudgedCheckpoints { sentence in said.withLock { $0.append(sentence) } }
        let follower = Follower(
            pin: Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: ""),
            store: MemoryLedger(), sources: [try ServedLog(scenario)], evidence: EvidenceDirectory(path: directory))
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
            let broker = try server(serving: served, judging: tree)
            let asker = HTTPBrokerAsker(job: Scenario.key("job"), transport: broker, judged: checkpoints)
            _ = try await asker.ask(ask, of: Self.seat, holding: 1, recipient: recipient)
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
        var other = Scenario.withProgramme()
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
