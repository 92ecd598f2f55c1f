import CofferTestKit
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Synchronization
import Testing

/// Several servers serve one log, and some of them lie.
@Suite("Following from several sources")
struct SourceTests {
    private let home: TemporaryDirectory
    private let scenario = Scenario.withProgramme()
    private let network = ScriptedTransport()

    init() throws { home = try TemporaryDirectory() }

    private func source(_ name: String) -> HTTPSource {
        HTTPSource(url: "http://\(name).example", transport: network)
    }

    private func follower(_ sources: [any EntrySource]) -> Follower {
        Follower(
            pin: Pin(origin: Scenario.origin, charterHash: scenario.charter.hash, ledgerURL: ""),
            store: MemoryLedger(), sources: sources, evidence: EvidenceDirectory(path: home.path + "/evidence"))
    }

    private func serve(_ name: String, _ log: ServedLog) { network.route("http://\(name).example/", log.answer) }

    /// What anyone can serve who has none of the log's keys.
    enum Junk: CaseIterable {
        case words, nothing, foreignLog, bareHead, unsigned, otherEntries, otherCharter, malformedEntries, refusal, down
        case halfQuorum, noEntries
    }

    private func junk(_ kind: Junk) throws -> ServedLog? {
        let log = try ServedLog(scenario)
        let head = try SignedNote(parsing: try #require(log.checkpoint))
        switch kind {
        case .words: log.serve(checkpoint: Array("junk".utf8))
        case .nothing: log.serve(checkpoint: [])
        case .foreignLog:
            let text = Checkpoint(origin: "elsewhere.example", size: 3, root: Hash256(of: [])).text
            let key = Scenario.publicKey("eve")
            let name = try #require(NoteKey(name: "elsewhere.example", kind: .ed25519, key: key))
            let note = try SignedNote(text: text, signatures: [name.sign(text, with: Scenario.key("eve"))])
            log.serve(checkpoint: note.encoded)
        case .bareHead:
            let bare = try SignedNote(text: head.text, signatures: Array(head.signatures.dropFirst()))
            log.serve(checkpoint: bare.encoded)
        case .unsigned:
            let note = try Scenario.checkpoint(size: 1 << 62, root: Hash256(of: []), signer: "eve", seconds: 1)
            log.serve(checkpoint: note.encoded)
        case .otherEntries: log.change { $0[3][30] ^= 1 }
        case .otherCharter: try log.serve(Scenario.withProgramme { $0.rate = 7 })
        case .malformedEntries: log.change { $0[2] = [1] }
        case .halfQuorum: try log.serve(scenario, cosigners: ["north"])
        case .noEntries: log.change { $0 = [] }
        case .refusal, .down: return nil
        }
        return log
    }

    @Test(
        "Whatever the first source serves without a key, the log is followed from the second", arguments: Junk.allCases)
    func fallsBack(kind: Junk) async throws {
        serve("good", try ServedLog(scenario))
        if let log = try junk(kind) { serve("bad", log) }
        if kind == .refusal { network.route("http://bad.example/") { _ in .refusal(code: 65, rule: "fork") } }

        let followed = try await follower([source("bad"), source("good")]).follow()
        #expect(followed.state.digest == scenario.state.digest)

        // With nothing else it is a reason to ask again, and says which server showed what.
        for sources in [[source("bad")], [source("bad"), source("bad")]] {
            let error = await #expect(throws: CofferError.self) { try await follower(sources).follow() }
            #expect(error?.code == .tryLater && error?.isReply == false)
            if kind != .halfQuorum { #expect(error?.message.contains("bad") == true, "\(error?.message ?? "")") }
        }
    }

    @Test("A fork that this machine saw ends the round: nobody else is asked")
    func fork() async throws {
        serve("bad", try ServedLog(scenario))
        serve("good", try ServedLog(scenario))
        let follower = follower([source("bad"), source("good")])
        _ = try await follower.follow()
        var other = Scenario()
        other.grow(by: scenario.entries.count + 2)
        other.submit(other.halt(), by: ["security"])
        serve("bad", try ServedLog(other))
        _ = network.takeRequests()
        await #expect(throws: CofferError(.tampering, "", rule: "fork")) { try await follower.follow() }
        #expect(!network.takeRequests().contains { $0.server == "good" })
    }

    /// Serves the charter, and then long entries for as long as anyone asks.
    private final class Endless: EntrySource {
        let first: Bytes
        let note: Bytes
        private let served = Mutex(0)
        var bytes: Int { served.withLock { $0 } }
        let server: String? = "http://endless.example"

        init(first: Bytes, note: Bytes) { (self.first, self.note) = (first, note) }

        func checkpoint() async throws(CofferError) -> Bytes { note }

        func entries(bundle: UInt64, width: Int) async throws(CofferError) -> [ArraySlice<UInt8>] {
            let entry = Bytes(repeating: 1, count: 60_000)[...]
            var entries = Array(repeating: entry, count: width)
            if bundle == 0 { entries[0] = first[...] }
            served.withLock { $0 += width * entry.count }
            return entries
        }
    }

    @Test("Entries under a checkpoint that no key vouches for are fetched up to a bound, whatever its size says")
    func unvouched() async throws {
        for size in [60_000, 1 << 40, UInt64(Int64.max)] as [UInt64] {
            let note = try Scenario.checkpoint(size: size, root: Hash256(of: []), signer: "eve", seconds: 1)
            let source = Endless(first: scenario.entries[0].encoded, note: note.encoded)
            let error = await #expect(throws: CofferError.self) { try await follower([source]).follow() }
            #expect(error == CofferError(.tryLater, "", rule: "head.signature"))
            // Beyond the bound only what was on the way already.
            #expect(source.bytes < 2 * HTTPLimits.bundle + 80 * HTTPLimits.bundle)
            #expect(source.bytes > HTTPLimits.bundle)
        }
    }
}
