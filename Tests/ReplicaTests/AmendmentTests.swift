import Client
import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Testing

@Suite("Following an amendment")
struct AmendmentTests {
    private let log: AmendedLog
    private let source = ServedLog()
    private let directory = NSTemporaryDirectory() + "coffer-amendment-\(UInt64.random(in: 0 ... .max))"

    init() throws { log = try AmendedLog() }

    private func follower(_ store: any FollowerStore = MemoryLedger()) -> Follower {
        Follower(
            pin: log.pin, store: store,
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
        #expect(three == "head.quorum" || three == "head.signature")
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
        for (what, handover) in try log.wrongHandovers() {
            source.serve(log, try log.new(), handover: handover)
            #expect(await follower().failure()?.rule == "head.handover", "\(what)")
        }
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
