import CofferTestKit
import Lake
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Testing

@testable import Keyholder
@testable import Vault

/// Stopping: at once, locked, with the ledger down, from a machine that knows nothing.
@Suite("Revoking")
struct RevocationTests {
    private let world: World
    private let ann: Person

    init() throws { (world, ann) = try Person.withPurpose() }

    private func card() throws -> RevocationCard {
        let whole = try #require(try ann.directory.wholeCard(nil))
        // As it is read from its file elsewhere.
        return try RevocationCard(parsing: whole.encoded)
    }

    @Test("The card stops releases while the ledger is down")
    func theCardStopsWithTheLedgerDown() async throws {
        try await ann.consent()
        world.setDown(["ledger", "acme-3"])
        let card = try card()
        let sender = StopSender(card: card, transport: world.network)
        let delivery = await sender.deliver(OutboxEntry(card.revokes[0]))
        #expect(sender.isEffective(delivery.entry))
        #expect(!delivery.entry.isDone)
        #expect(world.stops(at: "acme-1") == [card.revokes[0].note])
    }

    @Test("Too few receipts are not enough")
    func tooFewReceiptsAreNotEnough() async throws {
        try await ann.consent()
        world.setDown(["ledger", "council-1", "acme-1", "acme-2"])
        let card = try card()
        let sender = StopSender(card: card, transport: world.network)
        var delivery = await sender.deliver(OutboxEntry(card.revokes[0]))
        #expect(!sender.isEffective(delivery.entry))
        // Two of the company's three have signed: the third alone is no threshold.
        world.setDown(["acme-1"], false)
        delivery = await sender.deliver(delivery.entry)
        #expect(sender.isEffective(delivery.entry))
    }

    @Test("Revoking while locked takes back what was offered")
    func revokingLockedTakesBackWhatWasOffered() async throws {
        try ann.record(5)
        let consent = try await ann.consent()
        try await ann.sync()
        let objects = try ann.directory.offeredPages().map(\.object)
        let entry = try ann.directory.startRevoking(try card().revokes[0]).entry
        let state = try #require(try await ann.programme.known()?.state)
        let sender = ann.programme.stops(state, cards: [])
        let deliveries = await sender.flush(ann.directory, only: [entry.name])
        #expect(deliveries.allSatisfy { sender.isEffective($0.entry) && $0.isProven && !$0.entry.isDone })
        #expect(try !ann.directory.outbox().isEmpty)
        #expect(!world.state.isLive(consent: consent))
        // Only the state that is followed afterwards shows what the answers said.
        try ann.directory.settleOutbox(try await ann.programme.follow().state)
        #expect(try ann.directory.outbox().isEmpty)
        for object in objects { #expect(try await !world.lake.exists(object)) }
        #expect(try ann.directory.offeredPages().isEmpty)
        #expect(try await ann.sync().pages.isEmpty)
    }

    /// A broker that refuses one stop may take the next one; a broker that does not answer holds up nothing.
    @Test("Only a broker that does not answer is skipped")
    func onlyABrokerThatDoesNotAnswerIsSkipped() async throws {
        try await ann.consent()
        world.setDown(["ledger", "acme-3"])
        let words = #"{"schema":"coffer.error.v1","code":77,"rule":"stop.signature","message":"Not by this key."}"#
        world.refuseStops("acme-1", with: .text(403, words))
        world.refuseStops("acme-2", with: .text(503, ""))
        let revoke = try card().revokes[0]
        let count = 40
        let entry = OutboxEntry(notes: Array(repeating: revoke.note, count: count), objects: [])
        let delivery = await StopSender(card: try card(), transport: world.network).deliver(entry)
        #expect(["acme-1", "acme-2", "council-1"].map { world.attempts(at: $0) } == [count, count, count])
        #expect(world.attempts(at: "acme-3") == 16)
        let refusals = delivery.failures.filter { $0.rule == "stop.signature" }
        #expect(refusals.count == count)
        #expect(refusals.allSatisfy { $0.code == .refused && $0.message == "Not by this key." && $0.isReply })
        #expect(delivery.failures.count { $0.code == .tryLater && $0.isReply } == count)
        #expect(delivery.entry.stops.allSatisfy { $0.receipts == [Scenario.publicKey("council-1")] })
    }

    @Test("The keyholder keeps trying")
    func theKeyholderKeepsTrying() async throws {
        let consent = try await ann.consent()
        try await ann.sync()
        world.setDown(["ledger"] + World.brokers)
        _ = try ann.directory.startRevoking(try card().revokes[0])
        #expect(try await !ann.sync().pending.isEmpty)
        #expect(try ann.directory.outbox().count == 1)
        world.setDown(["ledger"] + World.brokers, false)
        try await ann.sync()
        #expect(try ann.directory.outbox().isEmpty)
        #expect(!world.state.isLive(consent: consent))
    }

    @Test("Bodies that two consents share outlive one of them")
    func sharedBodiesOutliveOneConsent() async throws {
        try ann.record(5)
        let first = try await ann.consent()
        ann.purpose("second")
        let second = try await ann.consent(ConsentChoice(purpose: "second", window: 0))
        try await ann.sync()
        _ = try ann.directory.startRevoking(
            try #require(try card().revokes.first { $0.pseudonym == world.state.consents[first]?.consent.pseudonym }))
        try await ann.sync()
        #expect(try await world.read(second, weeks: ann.weeks).records.count == 5)
    }

    @Test("A card that cannot stop anything is refused")
    func aCardThatCannotStopIsNoCard() async throws {
        try await ann.consent()
        let good = try card().encoded
        #expect(throws: CofferError(.tampering, "", rule: "card.format")) {
            try RevocationCard(parsing: Array(good.dropLast(5)))
        }
        var other = try card()
        let stranger = SigningKey()
        other.revokes = [
            .init(
                purpose: "x", pseudonym: stranger.publicKey, note: other.revokes[0].note,
                roster: other.revokes[0].roster)
        ]
        #expect(throws: CofferError(.tampering, "", rule: "card.format")) { try RevocationCard(parsing: other.encoded) }
        for position in stride(from: 0, to: good.count, by: 97) {
            var bad = good
            bad[position] ^= 1
            if let parsed = try? RevocationCard(parsing: bad) { #expect(parsed.revokes.count == 1) }
        }
    }
}
