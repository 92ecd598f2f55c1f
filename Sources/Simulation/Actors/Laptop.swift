import Client
import CofferTestKit
import Keyholder
import Ledger
import Messages
import Replica
import Rules
import Sealing
import Synchronization
import Vault

/// An employee's laptop: stops that wait in real outbox entries, the real sender, and the log as it has followed it.
final class Laptop {
    let name: String
    private let link: Link
    private let follower: Follower?
    private(set) var outbox: [(filing: Filing, entry: OutboxEntry)] = []
    /// The revokes and rosters that a card of hers would name.
    private var card: RevocationCard?

    init(_ name: String, link: Link, clock: @escaping @Sendable () -> Milliseconds) {
        self.name = name
        self.link = link
        let sources = ([Cast.ledger] + Cast.brokers).map { HTTPSource(url: Cast.url($0), transport: link) }
        follower = Cast.charterFile.map {
            Follower(
                of: $0.pin,
                in: FollowerStorage(
                    MemoryLedger(), evidence: EvidenceDirectory(path: "evidence", files: SimulatedDisk())),
                from: sources, now: clock)
        }
    }

    func keep(_ filing: Filing) {
        outbox.append((filing, OutboxEntry(name: filing.label, notes: [filing.bytes], objects: [])))
    }

    func keepCard(_ revoke: Bytes, roster: Hash256, groups: [CharterTerms.Group]) {
        card = RevocationCard(
            origin: Cast.origin, charter: Cast.charter.hash, ledgerURL: Cast.url(Cast.ledger),
            revokes: [
                .init(
                    purpose: "autocomplete", pseudonym: Cast.publicKey(name), note: revoke,
                    roster: StopRoster(hash: roster, groups: groups.map(StopGroup.init)))
            ])
    }

    /// One round of the keyholder: it sends what waits by what it knows, then follows, then settles the outbox.
    func round(in world: World) async {
        guard let follower, !outbox.isEmpty else { return }
        let known = await follower.followed?.state
        var answers: [HeardAnswers] = []
        for i in outbox.indices { answers.append(await send(&outbox[i].entry, of: outbox[i].filing, known, in: world)) }
        do throws(CofferError) {
            let followed = try await follower.follow()
            world.trace("\(name)'s laptop follows: \(followed.checkpoint.size)")
        } catch {
            world.trace("\(name)'s laptop cannot follow: \(error.code)")
        }
        let followed = await follower.followed
        world.oracle.observe(world)
        var left: [(filing: Filing, entry: OutboxEntry)] = []
        for ((filing, entry), heard) in zip(outbox, answers) {
            var entry = entry
            if let followed { entry.settle(followed.state) }
            if entry.isDone || world.bug.drops(heard) {
                world.trace("\(name)'s outbox is done with \(filing.label)")
                world.count("stops settled")
                world.oracle.dropped(filing, by: name, root: followed?.checkpoint.root)
            } else {
                left.append((filing, entry))
            }
        }
        outbox = left
    }

    /// Brokers first, then the ledger: so no broker asks the ledger for entries while this laptop changes them, and two
    /// runs of a seed are the same.
    private func send(_ entry: inout OutboxEntry, of filing: Filing, _ known: LedgerState?, in world: World) async
        -> HeardAnswers
    {
        let heard = HeardAnswers()
        for isLedger in [false, true] {
            let line = OneSidedLink(link: link, isLedger: isLedger, heard: heard)
            let sender = StopSender(
                origin: Cast.origin, state: known, cards: card.map { [$0] } ?? [],
                ledger: LedgerClient(known, else: Cast.url(Cast.ledger), transport: line), transport: line, lake: nil)
            entry = await sender.deliver(entry).entry
            world.oracle.observe(world)
            if !isLedger, world.bug.isEffective(entry, by: sender, in: known) {
                world.count("stops said to be effective")
                world.oracle.claimed(filing, by: name)
            }
        }
        let receipts = entry.stops.flatMap(\.receipts).compactMap(Cast.name).sorted()
        world.trace("\(name)'s laptop sends \(filing.label): \(receipts)")
        return heard
    }
}

/// What answered in the ledger's place, for a laptop with a bug to believe.
final class HeardAnswers: Sendable {
    struct Answers: Sendable {
        var saidDuplicate = false
        var saidRefusedAtEntry = false
    }

    private let answers = Mutex(Answers())

    var all: Answers { answers.withLock { $0 } }

    func hear(_ reply: HTTPReply) {
        answers.withLock { answers in
            if reply.status == 200, let answer = try? AppendAnswer(parsing: reply.body, about: .zero) {
                if answer.isDuplicate { answers.saidDuplicate = true }
            } else if let refusal = try? ErrorReply(parsing: reply.body), refusal.entry != nil {
                answers.saidRefusedAtEntry = true
            }
        }
    }
}

/// A laptop's network in one half of its round.
private struct OneSidedLink: HTTPTransport {
    let link: Link
    let isLedger: Bool
    let heard: HeardAnswers

    func get(_ url: String, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        try await link.get(url, atMost: limit)
    }

    func post(_ url: String, _ body: Bytes, atMost limit: Int) async throws(CofferError) -> HTTPReply {
        guard url.hasPrefix(Cast.url(Cast.ledger)) == isLedger else {
            throw CofferError(.tryLater, "This is for the other half.")
        }
        let reply = try await link.post(url, body, atMost: limit)
        if isLedger { heard.hear(reply) }
        return reply
    }
}
