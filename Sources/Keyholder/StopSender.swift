import Client
import Lake
import Ledger
package import Messages
import Rules
package import Sealing
package import Vault

/// Delivers stops directly to every broker and to the ledger, and deletes objects from the lake (Design, "Stopping").
package struct StopSender: Sendable {
    package let origin: String
    package let groups: [StopGroup]
    let ledger: LedgerClient
    let transport: any HTTPTransport
    let lake: (any Lake)?

    /// Works from a card, on any machine. Objects stay in the lake, but their keys are destroyed.
    package init(card: RevocationCard, transport: any HTTPTransport = HTTPConnection()) {
        self.init(
            origin: card.origin, groups: card.groups, ledger: LedgerClient(url: card.ledgerURL, transport: transport),
            transport: transport, lake: nil)
    }

    init(
        origin: String, groups: [StopGroup], ledger: LedgerClient, transport: any HTTPTransport, lake: (any Lake)?
    ) {
        self.origin = origin
        self.groups = groups
        self.ledger = ledger
        self.transport = transport
        self.lake = lake
    }

    /// Whether enough brokers of one group have signed receipts that no ask can be answered, even before the ledger
    /// logs the stop.
    package func isEffective(_ stop: OutboxEntry.Stop) -> Bool {
        groups.contains { $0.isStopped(by: stop.receipts) }
    }

    package func isEffective(_ entry: OutboxEntry) -> Bool { entry.stops.allSatisfy(isEffective) }

    /// The result of one attempt.
    package struct Delivery: Sendable {
        package var entry: OutboxEntry
        /// Why something is not delivered yet.
        package var failures: [CofferError] = []
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
        var failures: [CofferError] = []
        var unreachable: Set<String> = []
    }

    private func attempt(_ stop: OutboxEntry.Stop, except down: Set<String>) async -> Attempt {
        var result = Attempt(stop: stop)
        guard let note = try? SignedNote(parsing: stop.note) else {
            result.failures.append(CofferError(.tampering, "A stop waiting to be sent is not a signed note."))
            return result
        }
        var brokers: [VerifyingKey: StopGroup.Broker] = [:]
        for broker in groups.flatMap(\.brokers) where !stop.receipts.contains(broker.key) && !down.contains(broker.url)
        {
            brokers[broker.key] = broker
        }
        await withTaskGroup(of: (StopGroup.Broker?, CofferError?).self) { group in
            for broker in brokers.values {
                group.addTask {
                    do throws(CofferError) {
                        _ = try await client(broker).stop(note)
                        return (broker, nil)
                    } catch {
                        return (broker, error)
                    }
                }
            }
            if !stop.isLogged, !down.contains(ledger.url) {
                group.addTask {
                    do throws(CofferError) {
                        _ = try await ledger.append(note)
                        return (nil, nil)
                    } catch {
                        return (nil, error.isJudged ? nil : error)
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
                    result.stop.isLogged = true
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
    /// Makes one attempt at everything in the vault's outbox, or at the named entries, and stores its progress.
    package func flush(_ vault: VaultDirectory, only names: [String]? = nil) async throws(CofferError) -> [Delivery] {
        var deliveries: [Delivery] = []
        for entry in try vault.outbox() where names?.contains(entry.name) ?? true {
            let delivery = await deliver(entry)
            try vault.keep(delivery.entry)
            deliveries.append(delivery)
        }
        return deliveries
    }
}
