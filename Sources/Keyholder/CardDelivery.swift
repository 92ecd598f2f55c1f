import Client
import Ledger
package import Messages
import Replica
import Rules
package import Sealing
package import Vault

/// Delivers revokes from a card, on a machine that has followed nothing (Design, "Stopping").
///
/// It sends first, by what the card says. Where that is not enough, it follows the log in memory, from the ledger or from
/// any broker on the card, and goes on by that state.
package struct CardDelivery: Sendable {
    private let card: RevocationCard
    private let transport: any HTTPTransport

    package init(_ card: RevocationCard, transport: any HTTPTransport = HTTPConnection()) {
        self.card = card
        self.transport = transport
    }

    package struct CardResult: Sendable {
        /// Whether the revoke stands in a followed state, is proven to be in the log in these exact bytes, or was
        /// received by n−t+1 brokers of one group of its consent's roster.
        package var isEffective = false
        /// Whether nothing shows yet that the log has it.
        package var isPending = true
        package var failure: CofferError?
    }

    package func deliver(_ revoke: RevocationCard.Signed) async -> CardResult {
        let sender = StopSender(card: card, transport: transport)
        let first = await sender.deliver(OutboxEntry(revoke))
        let isProven = await isProven(revoke)
        // A card of version 1 does not say for which of its consents the roster holds.
        let isStopped = revoke.roster.hash != nil && sender.isEffective(first.entry)
        if isStopped || isProven {
            return CardResult(isEffective: true, isPending: !isProven, failure: first.failures.first)
        }
        guard let state = await followed() else {
            return CardResult(isEffective: sender.isEffective(first.entry), failure: first.failures.first)
        }
        var entry = first.entry
        entry.settle(state)
        if entry.isDone { return CardResult(isEffective: true, isPending: false) }
        let next = StopSender(card: card, state: state, transport: transport)
        let second = await next.deliver(entry)
        return CardResult(
            isEffective: next.isEffective(second.entry) || second.isProven, isPending: !second.isProven,
            failure: second.failures.first)
    }

    /// Whether the ledger proves that it has these exact bytes, by the cosigners of the charter that the card names.
    private func isProven(_ revoke: RevocationCard.Signed) async -> Bool {
        guard let served = try? await LedgerClient(url: card.ledgerURL, transport: transport).charter(),
            served.hash == card.charter, let charter = try? CharterFile(parsing: served.encoded),
            let policy = charter.terms.checkpointPolicy(origin: card.origin),
            let note = try? SignedNote(parsing: revoke.note)
        else { return false }
        let ledger = LedgerClient(url: card.ledgerURL, policy: policy, transport: transport)
        return (try? await ledger.append(note)) != nil
    }

    /// The state of the log that any server on the card has.
    private func followed() async -> LedgerState? {
        let brokers = card.revokes.flatMap(\.roster.groups).flatMap(\.brokers).map(\.url)
        var seen: Set<String> = []
        let sources = ([card.ledgerURL] + brokers).filter { seen.insert($0).inserted }.map {
            HTTPSource(url: $0, transport: transport)
        }
        let follower = Follower(
            of: Pin(origin: card.origin, charterHash: card.charter, ledgerURL: card.ledgerURL),
            in: FollowerStorage(MemoryLedger(), evidence: EvidenceDirectory(path: ".")), from: sources, now: nil)
        for source in sources { if let found = try? await follower.follow(from: source) { return found.state } }
        return nil
    }
}
