import CofferTestKit
import Foundation
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Testing

/// A new laptop that begins with what brokers vouch for.
@Suite("Beginning with a state") struct StateStartTests {
    let ledger: StatedLedger
    /// Releases, refused entries and a halt among some 350 entries.
    let scenario: Scenario

    init() throws {
        ledger = try StatedLedger()
        scenario = try Self.scenario.get()
    }

    private static let scenario = Result<Scenario, any Error> { () throws in
        var scenario = Scenario()
        let programme = scenario.programme(["ann", "bob", "cat"])
        for number in 0..<340 {
            switch number % 40 {
            case 0:
                let ids = [programme.consents["bob"] ?? .zero: [Scenario.page(number)]]
                scenario.submit(try scenario.release(programme.grant, ids), by: ["job"])
            case 7: scenario.append([1])
            case 20 where number > 300: scenario.submit(scenario.halt(), by: ["security"])
            default: scenario.submit(scenario.revoke("ann"), by: ["ann"])
            }
        }
        return scenario
    }

    /// acme-1 at 300, acme-2 at 310, council-1 at 330: acme-3 has signed nothing.
    private func honest() throws {
        try ledger.serve(scenario)
        for (broker, size) in [("acme-1", 300), ("acme-2", 310), ("council-1", 330)] {
            try ledger.state(broker, of: scenario, size: size)
        }
    }

    private var size: UInt64 { UInt64(scenario.entries.count) }

    // MARK: It begins

    @Test("It begins with the oldest of them, and fetches no entry before it")
    func begins() async throws {
        try honest()
        let follower = try ledger.follower(scenario, start: try ledger.start(scenario))
        let followed = try await follower.follow()
        #expect(followed.checkpoint.size == size && followed.state.digest == scenario.state.digest)
        #expect(followed.state.retention == .sinceBootstrap)
        let asked = ledger.asked()
        #expect(asked.contains { $0.hasPrefix("tile/entries/001") })
        #expect(!asked.contains { $0.hasPrefix("tile/entries/000") })
        #expect(asked.contains("http://acme-1.example/state/300") && !asked.contains("http://acme-2.example/state/310"))
        #expect(try ledger.store().bootstrapSize() == size)
        #expect(try ledger.store().entries(from: 0, count: 10) == [])
        #expect(ledger.lines == [] && ledger.evidence == [])
    }

    @Test(
        "It goes on entry by entry, and again after a restart, with or without its own state", arguments: [true, false])
    func goesOn(keeping: Bool) async throws {
        try honest()
        let start = try ledger.start(scenario, keeping: keeping)
        let follower = try ledger.follower(scenario, start: start)
        _ = try await follower.follow()
        var grown = scenario
        let grant = try #require(scenario.state.grants.keys.first)
        let consent = try #require(
            scenario.state.consents.first { $0.value.consent.pseudonym == Scenario.publicKey("cat") })
        grown.submit(grown.resume(Array(scenario.state.halts.keys)), by: Scenario.reviewers)
        let release = try grown.release(grant, [consent.key: [Scenario.page(9_001)]])
        #expect(grown.submit(release, by: ["job"]).isAccepted)
        grown.grow(by: keeping ? 2_100 : 20)
        try ledger.serve(grown)
        #expect(try await follower.follow().state.digest == grown.state.digest)
        // Since it began every release is whole; before, what is needed.
        let state = try #require(await follower.followed?.state)
        #expect(state.releases.map(\.key) == [release.hash])
        #expect(state.acceptedReleases.count == grown.state.acceptedReleases.count)

        _ = ledger.asked()
        let file = ledger.directory + "/state"
        #expect(FileManager.default.fileExists(atPath: file) == keeping)
        for damage in [false, true] {
            if damage { try Data([1, 2, 3]).write(to: URL(fileURLWithPath: file)) }
            let again = try ledger.follower(scenario, start: try ledger.start(scenario, keeping: true), isOffline: true)
            let replayed = try #require(try await again.replay())
            #expect(replayed.state.digest == grown.state.digest)
            #expect(replayed.state.releases.map(\.key) == [release.hash])
        }
        #expect(ledger.asked() == [])
    }

    @Test("States of one size, and a checkpoint over no entry more")
    func allAtOnce() async throws {
        try ledger.serve(scenario)
        for broker in ["acme-3", "acme-2", "council-1"] {
            try ledger.state(broker, of: scenario, size: Int(size))
        }
        // One that hands nothing out has its state from another that signed the same.
        ledger.answer("acme-2/state/\(size)", nil)
        let followed = try await ledger.follower(scenario, start: try ledger.start(scenario)).follow()
        #expect(followed.state.digest == scenario.state.digest)
        #expect(!ledger.asked().contains { $0.hasPrefix("tile/entries") })
    }

    @Test("The newest that are needed vouch: an old state of a third broker is not looked at")
    func newest() async throws {
        try honest()
        try ledger.state("acme-3", of: scenario, size: 20) { _ in [1] }
        let followed = try await ledger.follower(scenario, start: try ledger.start(scenario)).follow()
        #expect(followed.state.digest == scenario.state.digest && followed.state.retention == .sinceBootstrap)
    }

    // MARK: It is lied to

    enum Lie: CaseIterable {
        case digest, oldestDigest, laterContent, anotherState, contentUnderTheDigest, root, foreignTree, garbage, terms
    }

    @Test("A lie that a broker signed is kept as evidence, and the log is replayed instead", arguments: Lie.allCases)
    func lies(_ lie: Lie) async throws {
        try honest()
        var notes: [SignedNote] = []
        var rule = "state.disagree"
        func changed(_ note: StateNote, root: Hash256? = nil, state: Hash256? = nil) -> StateNote {
            StateNote(
                origin: note.origin, size: note.size, root: root ?? note.root, state: state ?? note.state,
                snapshot: note.snapshot, broker: note.broker, time: note.time)
        }
        let wrong = Hash256(of: [7])
        let consent = try #require(scenario.state.consents.values.first { $0.rosterEnded == nil }).consent
        switch lie {
        case .digest:
            notes = [try ledger.state("acme-2", of: scenario, size: 310, note: { changed($0, state: wrong) })]
        case .laterContent:
            notes = [
                try ledger.state("council-1", of: scenario, size: 330) {
                    try replacing(consent.scope.bytes, by: wrong.bytes, in: $0.encoded)
                }
            ]
        case .root:
            notes = [try ledger.state("acme-2", of: scenario, size: 310, note: { changed($0, root: wrong) })]
        case .oldestDigest:
            rule = "state.snapshot"
            notes = [try ledger.state("acme-1", of: scenario, size: 300, note: { changed($0, state: wrong) })]
        case .garbage:
            rule = "state.snapshot"
            notes = [
                try ledger.state("acme-1", of: scenario, size: 300) { Array($0.encoded.dropLast(40)) }
            ]
        case .terms:
            // Other brokers' keys under the pinned hash.
            rule = "state.snapshot"
            notes = [
                try ledger.state("acme-1", of: scenario, size: 300) {
                    try replacing(
                        Scenario.publicKey("acme-2").hex, by: Scenario.publicKey("eve").hex, in: $0.encoded)
                }
            ]
        case .anotherState:
            // As if ann had never revoked: of itself a state like any other.
            var other = Scenario()
            _ = other.programme(["ann", "bob", "cat"])
            while other.entries.count < 300 { other.append([1]) }
            let forged = try StatedLedger.snapshot(other, size: 300).state
            notes = [
                try ledger.state("acme-1", of: scenario, size: 300) {
                    LedgerSnapshot(state: forged, frontier: $0.frontier).encoded
                } note: {
                    changed($0, state: forged.digest)
                }
            ]
        case .contentUnderTheDigest:
            notes = [
                try ledger.state("acme-1", of: scenario, size: 300) {
                    try replacing(consent.scope.bytes, by: wrong.bytes, in: $0.encoded)
                }
            ]
        case .foreignTree:
            rule = "state.root"
            var other = Scenario()
            _ = other.programme(["ann", "bob", "cat"])
            while other.entries.count < 300 { other.append([1]) }
            notes = [try ledger.state("acme-1", of: other, size: 300)]
        }
        let follower = try ledger.follower(scenario, start: try ledger.start(scenario))
        let followed = try await follower.follow()
        #expect(followed.state.digest == scenario.state.digest && followed.state.retention == .everything)
        #expect(try ledger.store().bootstrapSize() == nil)
        #expect(ledger.evidence.count == 1)
        #expect(ledger.lines.count == 1 && ledger.lines[0].contains(ledger.evidence[0]))
        let text = try ledger.evidence(try #require(ledger.evidence.first))
        if rule == "state.disagree" {
            let isOldest = lie == .anotherState || lie == .contentUnderTheDigest
            notes.append(try SignedNote(parsing: try await answered(isOldest ? "acme-2" : "acme-1")))
        }
        let expected =
            switch rule {
            case "state.disagree": "signed states that contradict each other"
            case "state.snapshot": "signed a state note that does not match its snapshot"
            default: "that is not the ledger's"
            }
        for note in notes { #expect(text.contains(String(decoding: note.encoded, as: UTF8.self))) }
        #expect(text.hasPrefix("Evidence about a state: ") && text.contains(expected))
    }

    private func answered(_ broker: String) async throws -> Bytes {
        try await ledger.network.get("http://\(broker).example/state", atMost: 1 << 16).body
    }

    /// The same snapshot with other bytes in it, and its own hash at the end.
    private func replacing(_ old: some Collection<UInt8>, by new: some Collection<UInt8>, in bytes: Bytes) throws
        -> Bytes
    {
        let body = Data(bytes.dropLast(32))
        var changed = body
        let place = try #require(body.range(of: Data(old)))
        changed.replaceSubrange(place, with: Data(new))
        return Array(changed) + Hash256(of: Array(changed)).bytes
    }

    private func replacing(_ old: String, by new: String, in bytes: Bytes) throws -> Bytes {
        try replacing(Array(old.utf8), by: Array(new.utf8), in: bytes)
    }

    @Test("Entries that no checkpoint covers are the fault of their source")
    func foreignEntries() async throws {
        try honest()
        let path = TilePath(level: nil, index: 1, width: Int(size % 256))
        let entries = Array(repeating: scenario.entries[9].encoded, count: path.width)
        ledger.answer("ledger/\(path.path)", EntryBundle.encode(entries))
        let follower = try ledger.follower(scenario, start: try ledger.start(scenario))
        #expect(await follower.failure() == CofferError(.tryLater, "", rule: "entries.root"))
        #expect(try ledger.evidence == [] && ledger.store().checkpoint() == nil)
    }

    @Test("A checkpoint without its quorum is followed no more than ever")
    func unwitnessed() async throws {
        try honest()
        try ledger.serve(scenario, checkpoint: try scenario.checkpoint(at: scenario.now, cosigners: ["north"]))
        let follower = try ledger.follower(scenario, start: try ledger.start(scenario))
        #expect(await follower.failure()?.code == .tryLater)
        #expect(try ledger.store().checkpoint() == nil)
    }

    // MARK: It replays instead

    enum Shortage: CaseIterable {
        case groupBelowThreshold, groupMissing, anotherKey, anotherBroker, anotherOrigin, otherBytes, notHandedOut
        case beyondTheHead, version, laterVersion, laterNotHandedOut, retention, nonsense
    }

    @Test("Where too few can be judged, the log is replayed, and a line says so", arguments: Shortage.allCases)
    func shortage(_ shortage: Shortage) async throws {
        try honest()
        switch shortage {
        case .groupBelowThreshold: ledger.answer("acme-2/state", nil)
        case .groupMissing: ledger.answer("council-1/state", nil)
        case .anotherKey: try ledger.state("acme-2", of: scenario, size: 310, signer: "acme-3")
        case .anotherBroker: ledger.answer("acme-2/state", try await answered("acme-1"))
        case .anotherOrigin:
            let elsewhere = { (note: StateNote) in
                StateNote(
                    origin: "elsewhere.example", size: note.size, root: note.root, state: note.state,
                    snapshot: note.snapshot, broker: note.broker, time: note.time)
            }
            try ledger.state("acme-2", of: scenario, size: 310, note: elsewhere)
        case .otherBytes: ledger.answer("acme-1/state/300", try StatedLedger.snapshot(scenario, size: 299).encoded)
        case .notHandedOut: ledger.answer("acme-1/state/300", nil)
        case .beyondTheHead:
            try ledger.serve(scenario, checkpoint: try scenario.checkpoint(size: 309, at: scenario.now))
        case .version: try ledger.state("acme-1", of: scenario, size: 300, snapshot: Self.ofNextVersion)
        case .laterVersion: try ledger.state("council-1", of: scenario, size: 330, snapshot: Self.ofNextVersion)
        case .laterNotHandedOut:
            try ledger.state("council-1", of: scenario, size: 330, snapshot: Self.ofNextVersion)
            ledger.answer("council-1/state/330", nil)
        case .retention:
            let everything = try StatedLedger.snapshot(scenario, size: 300, retention: .everything)
            try ledger.state("acme-1", of: scenario, size: 300) { _ in everything.encoded }
        case .nonsense: ledger.answer("acme-2/state", Array("nonsense\n".utf8))
        }
        let followed = try await ledger.follower(scenario, start: try ledger.start(scenario)).follow()
        #expect(followed.state.retention == .everything)
        if shortage != .beyondTheHead { #expect(followed.state.digest == scenario.state.digest) }
        #expect(ledger.asked().contains("tile/entries/000"))
        #expect(ledger.lines.count == 1 && ledger.evidence == [])
        #expect(try ledger.store().bootstrapSize() == nil)
        #expect(try ledger.store().entries(from: 0, count: 3) == scenario.entries.prefix(3).map(\.encoded))
    }

    private static func ofNextVersion(_ snapshot: LedgerSnapshot) -> Bytes {
        var bytes = Array(snapshot.encoded.dropLast(32))
        bytes[D("snapshot").count + 3] += 1
        return bytes + Hash256(of: bytes).bytes
    }

    @Test("A short log is replayed without a word, and so is one that was followed before")
    func notWorthIt() async throws {
        try honest()
        let followed = try await ledger.follower(scenario, start: try ledger.start(scenario, least: size + 1)).follow()
        #expect(followed.state.retention == .everything)
        let again = try await ledger.follower(scenario, start: try ledger.start(scenario)).follow()
        #expect(again.state.retention == .everything && again.checkpoint == followed.checkpoint)
        #expect(!ledger.asked().contains { $0.hasSuffix("/state") })
        #expect(ledger.lines == [])
    }
}
