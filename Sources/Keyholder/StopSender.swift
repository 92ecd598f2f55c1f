package import Client
package import Lake
import Ledger
package import Messages
package import Rules
package import Sealing
package import Vault

/// Delivers stops directly to brokers and to the ledger, and deletes objects from the lake (Design, "Stopping").
///
/// It decides nothing by what a server answers. A stop is effective by the receipts of brokers of its consent's own
/// roster, and it leaves the outbox by a followed state alone.
package struct StopSender: Sendable {
    package let origin: String
    /// The last followed state, if any.
    private let state: LedgerState?
    /// By pseudonym: the rosters on revocation cards, for consents that the state does not show.
    private let cards: [VerifyingKey: StopRoster]
    let ledger: LedgerClient
    let transport: any HTTPTransport
    let lake: (any Lake)?

    /// Works from a card, on any machine. Objects stay in the lake, but their keys are destroyed.
    package init(
        card: RevocationCard, state: LedgerState? = nil, transport: any HTTPTransport = HTTPConnection()
    ) {
        self.init(
            origin: card.origin, state: state, cards: [card],
            ledger: LedgerClient(state, else: card.ledgerURL, transport: transport), transport: transport, lake: nil)
    }

    package init(
        origin: String, state: LedgerState?, cards: [RevocationCard], ledger: LedgerClient,
        transport: any HTTPTransport, lake: (any Lake)?
    ) {
        self.origin = origin
        self.state = state
        self.cards = Dictionary(cards.flatMap(\.revokes).map { ($0.pseudonym, $0.roster) }) { $1 }
        self.ledger = ledger
        self.transport = transport
        self.lake = lake
    }

    /// The roster that the stop's consent is bound to: as the state has it, else as a card does.
    private func roster(of stop: OutboxEntry.Stop) -> StopRoster? {
        switch stop.statement {
        case .revoke(let revoke): state?.stopRoster(ofPseudonym: revoke.pseudonym) ?? onCard(revoke.pseudonym)
        case .erase(let erase): state?.stopRoster(ofConsent: erase.consent) ?? onCard(erase.pseudonym)
        default: nil
        }
    }

    private func onCard(_ pseudonym: VerifyingKey) -> StopRoster? {
        cards[pseudonym].map { card in card.hash.flatMap { state?.stopRoster($0) } ?? card }
    }

    /// The brokers that a stop is sent to: those of its roster, and those of the terms in force, which bring it to the
    /// ledger.
    private func brokers(for stop: OutboxEntry.Stop) -> [StopGroup.Broker] {
        let current = state?.charter?.terms.groups.map(StopGroup.init) ?? []
        let own = roster(of: stop)?.groups ?? (current.isEmpty ? cards.values.flatMap(\.groups) : [])
        var seen: Set<VerifyingKey> = []
        return (own + current).flatMap(\.brokers).filter { seen.insert($0.key).inserted }
    }

    /// Whether so many brokers of one group of the stop's roster have signed receipts that no ask can be answered, even
    /// before the ledger logs the stop.
    package func isEffective(_ stop: OutboxEntry.Stop) -> Bool {
        roster(of: stop)?.isStopped(by: stop.receipts) ?? false
    }

    package func isEffective(_ entry: OutboxEntry) -> Bool { entry.stops.allSatisfy(isEffective) }

    /// The result of one attempt.
    package struct Delivery: Sendable {
        package var entry: OutboxEntry
        /// How many stops the ledger has proven to have, in these exact bytes.
        package var proven = 0
        /// Why something is not delivered yet.
        package var failures: [CofferError] = []

        /// Whether every stop is proven to be in the log. Without a state that is as much as can be known.
        package var isProven: Bool { proven == entry.stops.count }
    }

    /// Makes one attempt. A server that does not answer is not asked again in it; one that refuses a stop is still sent
    /// the next.
    package func deliver(_ entry: OutboxEntry) async -> Delivery {
        var delivery = Delivery(entry: entry)
        var unreachable: Set<String> = []
        var position = 0
        while position < entry.stops.count {
            let chunk = position..<min(position + 16, entry.stops.count)
            let down = unreachable
            let attempts = await withTaskGroup(of: (Int, Attempt).self) { group in
                for i in chunk {
                    let stop = entry.stops[i]
                    group.addTask { (i, await attempt(stop, except: down)) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for (i, attempt) in attempts {
                delivery.entry.stops[i] = attempt.stop
                if attempt.isProven { delivery.proven += 1 }
                delivery.failures += attempt.failures
                unreachable.formUnion(attempt.unreachable)
            }
            position = chunk.upperBound
        }
        await deleteObjects(&delivery)
        return delivery
    }

    private struct Attempt {
        var stop: OutboxEntry.Stop
        var isProven = false
        var failures: [CofferError] = []
        var unreachable: Set<String> = []
    }

    private func attempt(_ stop: OutboxEntry.Stop, except down: Set<String>) async -> Attempt {
        var result = Attempt(stop: stop)
        guard let note = try? SignedNote(parsing: stop.note) else {
            result.failures.append(CofferError(.tampering, "A stop waiting to be sent is not a signed note."))
            return result
        }
        let brokers = brokers(for: stop).filter { !stop.receipts.contains($0.key) && !down.contains($0.url) }
        await withTaskGroup(of: (StopGroup.Broker?, CofferError?).self) { group in
            for broker in brokers {
                group.addTask {
                    do throws(CofferError) {
                        _ = try await client(broker).stop(note)
                        return (broker, nil)
                    } catch {
                        return (broker, error)
                    }
                }
            }
            if !down.contains(ledger.url) {
                group.addTask {
                    do throws(CofferError) {
                        _ = try await ledger.append(note)
                        return (nil, nil)
                    } catch {
                        return (nil, error)
                    }
                }
            }
            for await (broker, error) in group {
                if let error {
                    result.failures.append(error)
                    if error.code == .tryLater, !error.isReply { result.unreachable.insert(broker?.url ?? ledger.url) }
                } else if let broker {
                    result.stop.receipts.append(broker.key)
                } else {
                    result.isProven = ledger.isChecking
                }
            }
        }
        return result
    }

    private func client(_ broker: StopGroup.Broker) -> BrokerClient {
        BrokerClient(url: broker.url, origin: origin, key: broker.key, transport: transport)
    }

    private func deleteObjects(_ delivery: inout Delivery) async {
        guard !delivery.entry.objects.isEmpty else { return }
        guard let lake else {
            delivery.failures.append(CofferError(.tryLater, "The lake cannot be reached from here."))
            return
        }
        var left: [Hash256] = []
        for object in delivery.entry.objects {
            do throws(CofferError) { try await lake.delete(object) } catch {
                left.append(object)
                if left.count == 1 { delivery.failures.append(error) }
            }
        }
        delivery.entry.objects = left
    }
}

extension StopSender {
    /// Makes one attempt at everything in the vault's outbox, or at the named entries. What the state shows as done is
    /// not sent. Progress is stored after everything was sent; where it cannot be stored, the next attempt sends more
    /// than it has to.
    package func flush(_ vault: VaultDirectory, only names: [String]? = nil) async -> [Delivery] {
        var deliveries: [Delivery] = []
        let waiting = ((try? vault.outbox()) ?? []).filter { names?.contains($0.name) ?? true }
        for entry in waiting {
            var left = entry
            if let state { left.settle(state) }
            deliveries.append(await deliver(left))
        }
        for (i, entry) in waiting.enumerated() where deliveries[i].entry != entry {
            do throws(CofferError) { try vault.keep(deliveries[i].entry) } catch {
                deliveries[i].failures.append(error)
            }
        }
        return deliveries
    }
}
