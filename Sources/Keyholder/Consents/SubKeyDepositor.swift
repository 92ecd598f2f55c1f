import Client
import Messages
import Replica
import Rules
import Sealing
import Vault

/// Deposits the sub-keys of a consent at every broker of its roster (Design, "Deposit"). They are derived, so it can be
/// repeated.
struct SubKeyDepositor: Sendable {
    let programme: LedgerAccess
    let keys: ConsentKeys
    let groups: [CharterTerms.Group]

    var shapes: [GroupShape] { groups.shapes }

    /// Whether t brokers of every group have signed receipts. Pages are published only then.
    func isSufficient(_ receipts: Set<VerifyingKey>) -> Bool {
        !groups.isEmpty
            && groups.allSatisfy { group in
                group.brokers.filter { receipts.contains($0.noteKey) }.count >= group.threshold
            }
    }

    /// Makes one attempt at every broker that has not signed a receipt, and asks the others whether they still hold the
    /// sub-keys. Returns the receipts that are valid now and the errors of the missing ones.
    func deposit(_ record: KeptConsent) async -> (receipts: Set<VerifyingKey>, failures: [CofferError]) {
        let shapes = shapes
        guard shapes.count == groups.count else {
            return (record.receipts, [CofferError(.tampering, "A roster's groups have impossible thresholds.")])
        }
        return await withTaskGroup(of: (VerifyingKey, CofferError?).self) { tasks in
            for (group, shape) in zip(groups, shapes) {
                for (place, broker) in group.brokers.enumerated() {
                    tasks.addTask {
                        do throws(CofferError) {
                            try await hand(record, shapes: shapes, shape: shape, place: place, broker: broker)
                            return (broker.noteKey, nil)
                        } catch {
                            return (broker.noteKey, error)
                        }
                    }
                }
            }
            var receipts = record.receipts
            var failures: [CofferError] = []
            for await (broker, failure) in tasks {
                guard let failure else {
                    receipts.insert(broker)
                    continue
                }
                failures.append(failure)
                // A receipt stays valid if its broker cannot be asked.
                if failure.code != .tryLater { receipts.remove(broker) }
            }
            return (receipts, failures)
        }
    }

    private func hand(
        _ record: KeptConsent, shapes: [GroupShape], shape: GroupShape, place: Int, broker: CharterTerms.Broker
    ) async throws(CofferError) {
        let client = programme.client(broker)
        if record.receipts.contains(broker.noteKey), try await client.holds(record.consent) { return }
        let issued = try await client.depositKey(
            consent: record.consent, pseudonym: keys.pseudonym, now: programme.now())
        let deposit = Deposit(
            root: keys.root, roster: record.roster, groups: shapes, pseudonym: record.pseudonym, group: shape,
            broker: place)
        let box: Bytes
        do {
            box = try deposit.seal(to: issued.key, origin: programme.pin.origin, consent: record.consent)
        } catch {
            throw CofferError(.tampering, "A broker sent an invalid one-time key.", rule: "deposit.key")
        }
        _ = try await client.deposit(consent: record.consent, box: box)
    }
}
