import Client
import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Synchronization
import Testing

/// A log over which an amendment takes the ledger's key, its address and a witness to others.
struct AmendedLog {
    var scenario = Scenario()
    let amended: CharterTerms
    /// The amendment's own entry.
    let amendment: Int
    /// How many entries there are before the first under the new terms.
    let crossing: Int

    init() throws {
        _ = scenario.programme()
        var terms = scenario.terms
        terms.ledgerKey = Scenario.publicKey("ledger-2")
        terms.ledgerURL = "http://new.example"
        terms.witnesses.append(Scenario.witness("east"))
        amended = terms
        amendment = scenario.entries.count
        let signers = Scenario.names(signing: scenario.terms) + ["ledger-2"]
        let verdict = scenario.submit(scenario.amend(terms), by: signers)
        guard verdict.isAccepted else { throw CofferError(.bug, "\(verdict)") }
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        crossing = scenario.entries.count
        scenario.now += 3_600_000
        scenario.submit(scenario.revoke("bob"), by: ["bob"])
        guard scenario.state.charter?.terms == terms else { throw CofferError(.bug, "not in force") }
    }

    /// The checkpoint over the first entries as the holders of these keys sign it.
    func checkpoint(size: Int? = nil, ledger: String, terms: CharterTerms, without: Set<String> = []) throws
        -> SignedNote
    {
        var frontier = MerkleFrontier()
        for entry in scenario.entries.prefix(size ?? scenario.entries.count) {
            frontier.append(leafHash: Merkle.leafHash(entry.encoded))
        }
        let text = Checkpoint(
            origin: Scenario.origin, size: SaturatingUInt64(rawValue: frontier.size), root: frontier.root
        ).text
        guard let key = NoteKey(name: Scenario.origin, kind: .ed25519, key: Scenario.publicKey(ledger)) else {
            throw NoteError.malformed
        }
        var note = try SignedNote(text: text, signatures: [key.sign(text, with: Scenario.key(ledger))])
        for name in terms.brokers.map({ "cosigner " + $0.name }) + terms.witnesses.map(\.name)
        where !without.contains(name) {
            let key = Scenario.key(name)
            note.add(
                Cosignature.make(
                    text, by: NoteKey(cosigner: key.publicKey), with: key, time: Seconds(scenario.now)))
        }
        return note
    }

    func old(_ size: Int) throws -> SignedNote { try checkpoint(size: size, ledger: "ledger", terms: scenario.terms) }
    func new() throws -> SignedNote { try checkpoint(ledger: "ledger-2", terms: amended) }
}

private final class Source: EntrySource {
    struct Served {
        var entries: [Bytes] = []
        var checkpoint = Bytes()
        var handover: Bytes?
    }

    let served = Mutex(Served())

    func serve(_ log: AmendedLog, _ checkpoint: SignedNote, handover: SignedNote? = nil) {
        served.withLock {
            $0 = Served(
                entries: log.scenario.entries.map(\.encoded), checkpoint: checkpoint.encoded,
                handover: handover?.encoded)
        }
    }

    func checkpoint() async throws(CofferError) -> Bytes { served.withLock { $0.checkpoint } }

    func handover(charter: Int) async throws(CofferError) -> Bytes {
        guard charter == 0, let checkpoint = served.withLock({ $0.handover }) else {
            throw CofferError(.notFound, "none")
        }
        return checkpoint
    }

    func entries(bundle: UInt64, width: Int) async throws(CofferError) -> [ArraySlice<UInt8>] {
        served.withLock { $0.entries }.dropFirst(Int(bundle) * 256).prefix(width).map { $0[...] }
    }
}

@Suite("Following an amendment")
struct AmendmentTests {
    private let log: AmendedLog
    private let source = Source()
    private let directory = NSTemporaryDirectory() + "coffer-amendment-\(UInt64.random(in: 0 ... .max))"

    init() throws { log = try AmendedLog() }

    private func follower(_ store: any FollowerStore = MemoryLedger()) -> Follower {
        Follower(
            pin: Pin(origin: Scenario.origin, charterHash: log.scenario.charter.hash, ledgerURL: ""), store: store,
            sources: [source], evidence: EvidenceDirectory(path: directory + "/evidence"))
    }

    @Test("An earlier follower follows the new key once it is in force, without a restart")
    func along() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let tiles = TileDirectory(path: directory + "/log")
        let follower = follower(LedgerDirectory(tiles))
        for size in [log.amendment, log.amendment + 1, log.crossing] {
            source.serve(log, try log.old(size))
            #expect(try await follower.follow().checkpoint.size == UInt64(size))
        }
        source.serve(log, try log.new())
        let followed = try await follower.follow()
        #expect(followed.state.charter?.terms == log.amended)
        // It keeps what others need to follow from it, and is believed after a restart.
        #expect(try tiles.handover(charter: 0) == log.old(log.crossing).encoded)
        #expect(try await self.follower(LedgerDirectory(tiles)).replay()?.checkpoint == followed.checkpoint)
        let fresh = Follower(
            pin: await follower.pin, store: MemoryLedger(), sources: [DirectorySource(tiles)],
            evidence: EvidenceDirectory(path: directory + "/evidence"))
        #expect(try await fresh.follow().checkpoint == followed.checkpoint)
    }

    @Test("The new key counts for nothing before, and the old one for nothing after")
    func keys() async throws {
        let follower = follower()
        source.serve(log, try log.old(log.amendment + 1))
        _ = try await follower.follow()
        let early = try log.checkpoint(size: log.crossing, ledger: "ledger-2", terms: log.amended)
        source.serve(log, early)
        #expect(await follower.failure()?.rule == "head.signature")
        source.serve(log, try log.checkpoint(ledger: "ledger", terms: log.scenario.terms))
        #expect(await follower.failure()?.rule == "head.signature")
        // A majority of the new cosigners, not of the old.
        source.serve(
            log,
            try log.checkpoint(ledger: "ledger-2", terms: log.amended, without: ["east", "north", "cosigner acme-1"]))
        #expect(await follower.followed?.checkpoint.size == UInt64(log.amendment + 1))
        let three = await follower.failure()?.rule
        #expect(three == nil || three == "head.signature")
        #expect(await follower.followed?.checkpoint.size == UInt64(log.amendment + 1))
        source.serve(log, try log.new())
        #expect(await follower.failure()?.rule == nil)
    }

    @Test("A later follower needs a checkpoint over the amendment that the old quorum cosigned")
    func later() async throws {
        for size in [log.amendment + 1, log.crossing] {
            source.serve(log, try log.new(), handover: try log.old(size))
            #expect(try await follower().follow().state.charter?.terms == log.amended)
        }
        var other = log
        other.scenario.submit(other.scenario.halt(), by: ["security"])
        let wrong: [SignedNote?] = [
            nil,
            // Not yet over the amendment; beyond the last entry under the old terms.
            try log.old(log.amendment), try log.old(log.crossing + 1),
            // Signed by the new key, by the new quorum, by too few.
            try log.checkpoint(size: log.crossing, ledger: "ledger-2", terms: log.scenario.terms),
            try log.checkpoint(
                size: log.crossing, ledger: "ledger", terms: log.scenario.terms,
                without: ["north", "cosigner acme-1", "cosigner acme-2"]),
            // Over other entries.
            try Self.forked(log).old(log.crossing),
        ]
        for (number, handover) in wrong.enumerated() {
            source.serve(log, try log.new(), handover: handover)
            #expect(await follower().failure()?.rule == "head.handover", "\(number)")
        }
    }

    /// Another log of the same people.
    private static func forked(_ log: AmendedLog) throws -> AmendedLog {
        var fork = log
        fork.scenario = Scenario()
        fork.scenario.grow(by: log.crossing)
        return fork
    }

    @Test("What was followed before the amendment's entry does not vouch for it")
    func uncovered() async throws {
        let follower = follower()
        source.serve(log, try log.old(log.amendment))
        _ = try await follower.follow()
        source.serve(log, try log.new())
        #expect(await follower.failure()?.rule == "head.handover")
        source.serve(log, try log.new(), handover: try log.old(log.crossing))
        #expect(await follower.failure()?.rule == nil)
    }

    @Test("A fork under the new key leaves the amendment beside the two checkpoints, once")
    func evidence() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let follower = follower()
        source.serve(log, try log.new(), handover: try log.old(log.crossing))
        _ = try await follower.follow()
        var fork = log
        fork.scenario.submit(fork.scenario.halt(), by: ["security"])
        fork.scenario = try Self.without(log.crossing, fork.scenario)
        source.serve(fork, try fork.new())
        #expect(await follower.failure()?.rule == "fork")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory + "/evidence")
        let text = try String(contentsOfFile: directory + "/evidence/" + (names.first ?? ""), encoding: .utf8)
        let note = String(decoding: log.scenario.entries[log.amendment].note, as: UTF8.self)
        #expect(names.count == 1 && text.components(separatedBy: "==== an amendment ====").count == 2)
        #expect(text.hasSuffix("\n\n==== an amendment ====\n" + note))
    }

    /// The same log but for one entry.
    private static func without(_ index: Int, _ scenario: Scenario) throws -> Scenario {
        var other = Scenario()
        for (place, entry) in scenario.entries.enumerated().dropFirst() where place != index {
            other.now = entry.stamp
            other.append(entry.note)
        }
        return other
    }

    @Test("The addresses to follow at are those in force, to come, and of the charter, each once")
    func addresses() throws {
        let sources = NamedSources(log.scenario.terms, without: Scenario.publicKey("acme-1"))
        let state = log.scenario.state
        let urls = sources.urls(state)
        #expect(urls.prefix(2) == ["http://new.example", "http://ledger.example"])
        #expect(Set(urls).count == urls.count && !urls.contains("http://acme-1.example"))
        #expect(NamedSources(log.scenario.terms).urls(nil).first == "http://ledger.example")
    }
}
