import CofferTestKit
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Testing

@testable import Keyholder
@testable import Vault

/// A stop is done when a followed state shows it, and effective by its own roster's receipts.
@Suite("Proof of a stop")
struct StopProofTests {
    private let world: World
    private let ann: Person

    init() throws { (world, ann) = try Person.withPurpose() }

    private func revokes() throws -> [RevocationCard.Signed] { try ann.directory.cards().flatMap(\.revokes) }

    /// What an attacker in the ledger's place can say, with a checkpoint that he read from a broker.
    private func forgeries() async throws -> [HTTPReply] {
        let checkpoint = try await world.network.get("http://ledger.example/checkpoint", atMost: HTTPLimits.checkpoint)
        let note = try SignedNote(checkpoint: checkpoint.body)
        func answer(_ verdict: Verdict, isDuplicate: Bool) -> HTTPReply {
            .ok(
                AppendAnswer(
                    index: 0, time: 0, verdict: verdict, isDuplicate: isDuplicate, checkpoint: note, size: 1, proof: []
                ).json.encoded)
        }
        return [
            answer(.accepted(Hash256(of: [])), isDuplicate: true),
            answer(.accepted(Hash256(of: [])), isDuplicate: false),
            answer(.refused(Refusal("revoked", "no")), isDuplicate: true),
            .text(403, #"{"schema":"coffer.error.v1","code":77,"entry":1,"message":"no"}"#),
            .text(200, "junk"),
        ]
    }

    @Test("No answer in the ledger's place takes a stop out of the outbox", arguments: 0..<5)
    func noAnswerEmptiesTheOutbox(which: Int) async throws {
        let consent = try await ann.consent()
        try await ann.sync()
        let forged = try await forgeries()[which]
        world.setDown(World.brokers)
        world.network.reply(to: "http://ledger.example/append", forged)
        _ = try ann.directory.startRevoking(try revokes()[0])
        for _ in 0..<2 { #expect(try await !ann.sync().pending.isEmpty) }
        let waiting = try ann.directory.outbox()
        #expect(waiting.map(\.stops.count) == [1])
        #expect(waiting[0].stops[0].receipts.isEmpty)

        // Everybody honest is back: the stop is still there to be sent.
        world.setDown(World.brokers, false)
        world.network.reply(to: "http://ledger.example/append", nil)
        try await ann.sync()
        #expect(try ann.directory.outbox().isEmpty)
        #expect(!world.state.isLive(consent: consent))
    }

    @Test("An outbox that an earlier version marked as logged is sent all the same")
    func oldMarksProveNothing() async throws {
        let consent = try await ann.consent()
        try await ann.sync()
        let revoke = try revokes()[0]
        let encoded = OutboxEntry(name: "old", notes: [revoke.note], objects: []).encoded
        let marked = String(decoding: encoded, as: UTF8.self).replacing(#""logged":false"#, with: #""logged":true"#)
        let old = try OutboxEntry(name: "old", parsing: Array(marked.utf8))
        #expect(!old.isDone)
        try ann.directory.keepNew(old)
        try await ann.sync()
        #expect(try ann.directory.outbox().isEmpty)
        #expect(!world.state.isLive(consent: consent))
    }

    @Test("Another machine's revoke of the same pseudonym settles this one's")
    func byEffect() async throws {
        try await ann.consent()
        try await ann.sync()
        _ = try ann.directory.startRevoking(try revokes()[0])
        world.setDown(World.brokers)
        world.network.reply(to: "http://ledger.example/append", .text(503, ""))
        let pseudonym = try ann.seed().pseudonym(0)
        world.change { scenario in
            let revoke = Revoke(origin: Scenario.origin, pseudonym: pseudonym.publicKey)
            if let note = try? SignedNote.message(revoke.text, by: pseudonym) { scenario.append(note.encoded) }
        }
        try await ann.sync()
        #expect(try ann.directory.outbox().isEmpty)
    }

    /// The old roster's council is replaced; the new one holds nothing of the consent.
    private func replaceCouncil() {
        world.change { scenario in
            var terms = scenario.terms
            terms.groups[1] = Scenario.group("council", threshold: 1, ["council-2"], operator: "council", .employees)
            let signers = Scenario.names(signing: scenario.terms) + ["council-2"]
            scenario.submit(scenario.amend(terms, notice: 0), by: signers)
            scenario.submit(scenario.purpose("afterwards", notice: 0), by: Scenario.reviewers)
        }
    }

    @Test("Receipts of another roster's brokers count for nothing: not for a revoke, not for an erase")
    func anotherRoster() async throws {
        try ann.record(5)
        try await ann.consent()
        try await ann.sync()
        replaceCouncil()
        let state = try await ann.programme.follow().state
        #expect(state.rosters.count == 2)
        world.setDown(["ledger", "acme-1", "acme-2", "acme-3", "council-1"])
        let removed = try ann.directory.remove(try ann.directory.segmentIDs())
        let entry = try ann.directory.startRevoking(try revokes()[0]).entry
        let sender = ann.programme.stops(state, cards: [])
        for delivery in await sender.flush(ann.directory) {
            #expect(delivery.entry.stops.allSatisfy { $0.receipts == [Scenario.publicKey("council-2")] })
            #expect(!sender.isEffective(delivery.entry))
        }
        #expect(Set(try ann.directory.outbox().map(\.name)) == Set(removed.outbox + [entry.name]))
        // Its own council alone is enough.
        world.setDown(["council-1"], false)
        for delivery in await sender.flush(ann.directory) { #expect(sender.isEffective(delivery.entry)) }
    }

    @Test("A card names each revoke's own roster, as newer terms have it")
    func cardsNameRosters() async throws {
        let first = try await ann.consent()
        replaceCouncil()
        let second = try await ann.consent(ConsentChoice(purpose: "afterwards", window: 0))
        let state = try await ann.programme.follow().state
        let whole = try #require(try ann.directory.wholeCard(state))
        let card = try RevocationCard(parsing: whole.encoded)
        #expect(card == whole)
        for consent in [first, second] {
            let record = try #require(state.consents[consent]?.consent)
            let revoke = try #require(card.revokes.first { $0.pseudonym == record.pseudonym })
            #expect(revoke.roster.hash == record.rosterHash)
            #expect(revoke.roster == state.stopRoster(ofConsent: consent))
        }
        #expect(Set(card.revokes.flatMap { $0.roster.groups[1].brokers }.map(\.url)).count == 2)

        // The card alone judges each by its own roster.
        world.setDown(["ledger", "acme-1", "acme-2", "acme-3", "council-1"])
        for revoke in card.revokes {
            let result = await CardDelivery(card, transport: world.network).deliver(revoke)
            #expect(result.isEffective == (revoke.pseudonym == state.consents[second]?.consent.pseudonym))
            #expect(result.isPending)
        }
    }

    @Test("A card of version 1 goes on working, and is judged by the state where one can be followed")
    func oldCards() async throws {
        let consent = try await ann.consent()
        let new = try #require(try ann.directory.cards().first)
        var old = new
        old.revokes = new.revokes.map { revoke in
            RevocationCard.Signed(
                purpose: revoke.purpose, pseudonym: revoke.pseudonym, note: revoke.note,
                roster: StopRoster(hash: nil, groups: revoke.roster.groups))
        }
        let text = String(decoding: old.encoded, as: UTF8.self)
        #expect(text.hasPrefix(#"{"schema":"coffer.card.v1","#) && text.contains(#""groups":"#))
        let card = try RevocationCard(parsing: old.encoded)
        #expect(card == old)
        // In the vault it becomes a card of version 2 as soon as the state has the consent.
        try ann.directory.keep(card)
        let state = try await ann.programme.follow().state
        let whole = try #require(try ann.directory.wholeCard(state))
        #expect(whole.revokes.first?.roster.hash == state.consents[consent]?.consent.rosterHash)

        let delivery = CardDelivery(card, transport: world.network)
        let first = await delivery.deliver(card.revokes[0])
        #expect(first.isEffective && !first.isPending)
        world.setDown(["ledger"])
        #expect(await delivery.deliver(card.revokes[0]).isEffective)
    }

    @Test("On a strange machine a forged answer proves nothing")
    func forgedOnAStrangeMachine() async throws {
        try await ann.consent()
        let card = try #require(try ann.directory.cards().first)
        let forged = try await forgeries()
        world.setDown(World.brokers)
        for reply in forged {
            world.network.reply(to: "http://ledger.example/append", reply)
            let result = await CardDelivery(card, transport: world.network).deliver(card.revokes[0])
            #expect(!result.isEffective && result.isPending)
        }
        world.network.reply(to: "http://ledger.example/append", nil)
        let result = await CardDelivery(card, transport: world.network).deliver(card.revokes[0])
        #expect(result.isEffective && !result.isPending)
    }

    @Test("A ledger that serves junk does not keep a waiting revocation from the brokers")
    func junkLedger() async throws {
        try await ann.consent()
        try await ann.sync()
        let revoke = try revokes()[0]
        _ = try ann.directory.startRevoking(revoke)
        world.network.route("http://ledger.example/") { _ in .text(200, "junk") }
        for broker in World.brokers {
            world.network.route("http://\(broker).example/checkpoint") { _ in .text(200, "") }
        }
        #expect(try await ann.sync().pending.contains(CofferError(.tryLater, "", rule: "head.format")))
        for broker in World.brokers { #expect(world.stops(at: broker) == [revoke.note]) }
        #expect(try ann.directory.outbox().map { $0.stops.map(\.receipts.count) } == [[4]])
    }

    @Test("A machine that has followed nothing sends by the vault's cards")
    func withoutAState() async throws {
        let consent = try await ann.consent()
        let entry = try ann.directory.startRevoking(try revokes()[0]).entry
        world.setDown(["ledger"])
        let sender = ann.programme.stops(nil, cards: try ann.directory.cards())
        let delivery = try #require(await sender.flush(ann.directory, only: [entry.name]).first)
        #expect(sender.isEffective(delivery.entry) && !delivery.isProven)
        for broker in World.brokers { #expect(world.stops(at: broker).count == 1) }
        #expect(world.state.isLive(consent: consent))
    }
}
