import Ledger
import Messages
import Replica
import Rules
package import Sealing

extension Broker {
    private static let longestRequest: Milliseconds = 3_600_000

    /// Takes a note signed by the pseudonym of a consent in force. Returns a note with a one-time key for it.
    package func depositKey(_ body: Bytes) async throws(BrokerRefusal) -> Bytes {
        guard let note = try? SignedNote(parsing: body), let request = try? DepositKeyRequest(parsing: note.text) else {
            throw .malformed("The request for a deposit key is malformed.")
        }
        guard request.origin.hasSameBytes(as: origin), request.broker == key else {
            throw .refused("deposit.broker", "The request is for another broker or ledger.")
        }
        guard request.until >= now(), request.until <= now() + Self.longestRequest else {
            throw .refused("deposit.until", "The request's `until` has passed or is more than an hour ahead.")
        }
        let (_, consent) = try await consentInForce(request.consent)
        guard note.isSigned(byExactly: consent.pseudonym) else {
            throw .refused("deposit.pseudonym", "The request is not signed by the consent's pseudonym.")
        }
        let issued: OneTimeKeys.Issued
        do throws(SealingError) { issued = try oneTimeKeys.issue(for: request.consent, now: now()) } catch {
            throw .tryLater("No key could be made.")
        }
        let reply = DepositKeyIssued(
            origin: origin, consent: request.consent, broker: key, key: issued.key.publicKey, until: issued.until)
        return try signed(reply.text)
    }

    /// Takes hash(consent) 32 ‖ sealed deposit. Stores the sub-keys, destroys the one-time key, returns a receipt.
    package func deposit(_ body: Bytes) async throws(BrokerRefusal) -> Bytes {
        guard body.count > 32, let hash = try? Hash256(body.prefix(32)) else {
            throw .malformed("A deposit must be the hash of a consent and a sealed box.")
        }
        let (state, consent) = try await consentInForce(hash)
        guard let issued = oneTimeKeys.living(for: hash, now: now()) else {
            throw .refused("deposit.key", "This consent has no current one-time key: ask for one.")
        }
        guard let groups = state.rosters[consent.rosterHash], let seat = Self.seat(of: key, in: groups) else {
            throw .refused("deposit.roster", "This broker is not in the consent's roster.")
        }
        let box = Array(body.dropFirst(32))
        guard let deposit = try? Deposit.open(box, with: issued.key, origin: origin, consent: hash) else {
            throw .malformed("The deposit is not sealed to the one-time key of this consent.")
        }
        guard
            deposit.isValid(
                commitment: consent.subKeys, pseudonym: consent.pseudonym, groups: groups.shapes, group: seat.group,
                broker: seat.number)
        else { throw .refused("deposit.commitment", "The sub-keys are not those that the consent commits to.") }
        do throws(SubKeyStoreError) {
            try subKeys.store(deposit.subKeys, of: hash)
        } catch {
            throw .failed
        }
        oneTimeKeys.destroy(for: hash)
        return try signed(Receipt(.deposit, origin: origin, statement: hash, broker: key, time: now()).text)
    }

    private func consentInForce(_ hash: Hash256) async throws(BrokerRefusal) -> (LedgerState, Consent) {
        let state = try await fresh { $0.consents[hash] != nil }.state
        guard let consent = state.consents[hash]?.consent else {
            throw .refused("deposit.consent", "There is no such consent.")
        }
        guard state.isLive(consent: hash, at: max(now(), state.clock)), !state.hasEnded(consent: hash, at: state.clock),
            !directStops.revoked.contains(consent.pseudonym)
        else { throw .refused("deposit.consent", "The consent has ended.") }
        return (state, consent)
    }

    /// A broker's group and its number in the group.
    static func seat(of key: VerifyingKey, in groups: [CharterTerms.Group]) -> (group: String, number: Int)? {
        for group in groups {
            if let number = group.brokers.firstIndex(where: { $0.noteKey == key }) { return (group.name, number) }
        }
        return nil
    }
}
