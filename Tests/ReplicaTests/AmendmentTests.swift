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

    /// The head over the first entries as the holders of these keys sign it.
    func head(size: Int? = nil, ledger: String, terms: CharterTerms, without: Set<String> = []) throws -> SignedNote {
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

    func old(_ size: Int) throws -> SignedNote { try head(size: size, ledger: "ledger", terms: scenario.terms) }
    func new() throws -> SignedNote { try head(ledger: "ledger-2", terms: amended) }
}

private final class Source: EntrySource {
    struct Served {
        var entries: [Bytes] = []
        var head = Bytes()
        var handover: Bytes?
    }

    let served = Mutex(Served())

    func serve(_ log: AmendedLog, _ head: SignedNote, handover: SignedNote? = nil) {
        served.withLock {
            $0 = Served(
                entries: log.scenario.entries.map(\.encoded), head: head.encoded, handover: handover?.encoded)
        }
    }

    func checkpoint() async throws(CofferError) -> Bytes { served.withLock { $0.head } }

    func handover(charter: Int) async throws(CofferError) -> Bytes {
        guard charter == 0, let head = served.withLock({ $0.handover }) else { throw CofferError(.notFound, "none") }
        return head
    }

    func entries(bundle: UInt64, width: Int) async throws(CofferError) -> [ArraySlice<UInt8>] {
        served.withLock { $0.entries }.dropFirst(Int(bundle) * 256).prefix(width).map { $0[...] }
    }
}

@Suite("Following an amendment")
struct AmendmentTests {
    private let log: AmendedLog
    private let source = Source()
    private let folder = NSTemporaryDirectory() + "coffer-amendment-\(UInt64.random(in: 0 ... .max))"

    init() throws { log = try AmendedLog() }

    private func follower(_ store: any FollowerStore = MemoryLedger()) -> Follower {
        Follower(
            pin: Pin(origin: Scenario.origin, charterHash: log.scenario.charter.hash, ledgerURL: ""), store: store,
            sources: [source], evidence: EvidenceFolder(path: folder + "/evidence"))
    }

    @Test("An earlier follower follows the new key once it is in force, without a restart")
    func along() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let tiles = TileDirectory(path: folder + "/log")
        let follower = follower(LedgerFolder(tiles))
        for size in [log.amendment, log.amendment + 1, log.crossing] {
            source.serve(log, try log.old(size))
            #expect(try await follower.follow().head.size == UInt64(size))
        }
        source.serve(log, try log.new())
        let followed = try await follower.follow()
        #expect(followed.state.charter?.terms == log.amended)
        // It keeps what others need to follow from it, and is believed after a restart.
        #expect(try tiles.handover(charter: 0) == log.old(log.crossing).encoded)
        #expect(try await self.follower(LedgerFolder(tiles)).replay()?.head == followed.head)
        let fresh = Follower(
            pin: await follower.pin, store: MemoryLedger(), sources: [DirectorySource(tiles)],
            evidence: EvidenceFolder(path: folder + "/evidence"))
        #expect(try await fresh.follow().head == followed.head)
    }

    @Test("The new key counts for nothing before, and the old one for nothing after")
    func keys() async throws {
        let follower = follower()
        source.serve(log, try log.old(log.amendment + 1))
        _ = try await follower.follow()
        let early = try log.head(size: log.crossing, ledger: "ledger-2", terms: log.amended)
        source.serve(log, early)
        #expect(await follower.failure()?.rule == "head.signature")
        source.serve(log, try log.head(ledger: "ledger", terms: log.scenario.terms))
        #expect(await follower.failure()?.rule == "head.signature")
        // A majority of the new cosigners, not of the old.
        source.serve(
            log, try log.head(ledger: "ledger-2", terms: log.amended, without: ["east", "north", "cosigner acme-1"]))
        #expect(await follower.followed?.head.size == UInt64(log.amendment + 1))
        let three = await follower.failure()?.rule
        #expect(three == nil || three == "head.signature")
        #expect(await follower.followed?.head.size == UInt64(log.amendment + 1))
        source.serve(log, try log.new())
        #expect(await follower.failure()?.rule == nil)
    }

    @Test("A later follower needs a head over the amendment that the old quorum cosigned")
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
            try log.head(size: log.crossing, ledger: "ledger-2", terms: log.scenario.terms),
            try log.head(
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

    @Test("A fork under the new key leaves the amendment beside the two heads, once")
    func evidence() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let follower = follower()
        source.serve(log, try log.new(), handover: try log.old(log.crossing))
        _ = try await follower.follow()
        var fork = log
        fork.scenario.submit(fork.scenario.halt(), by: ["security"])
        fork.scenario = try Self.without(log.crossing, fork.scenario)
        source.serve(fork, try fork.new())
        #expect(await follower.failure()?.rule == "fork")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/evidence")
        let text = try String(contentsOfFile: folder + "/evidence/" + (names.first ?? ""), encoding: .utf8)
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
