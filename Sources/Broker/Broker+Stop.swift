import Files
import Ledger
import Messages
import Replica
import Rules
package import Sealing

extension Broker {
    /// Takes a revoke, an erase or a halt and returns a signed receipt. The stop is on disk before it is obeyed, and
    /// obeyed before the receipt is signed. It goes to the ledger afterwards (`submissions`).
    package func stop(_ body: Bytes) async throws(BrokerRefusal) -> Bytes {
        guard let note = try? SignedNote(parsing: body), let statement = try? Statement(parsing: note.text) else {
            throw .malformed("This is not a signed stopping statement.")
        }
        switch statement {
        case .revoke, .erase, .halt: break
        default:
            throw .refused(
                "stop.type", "Brokers accept only a revoke, an erase or a halt; anything else goes to the ledger.")
        }
        guard statement.heading.origin.hasSameBytes(as: origin) else {
            throw .refused("origin", "The statement is for another ledger.")
        }
        let state = try await state(knowing: note)
        guard let state, isSigned(note, statement, in: state) else {
            throw .refused("signature", "The statement is not signed by the key that may sign it.")
        }
        // What the log or the store has already needs no second file. Of the rest, the broker stores what is free.
        let bound = state.obeying(directStops)
        if !bound.hasEffect(of: statement) {
            if let refusal = bound.refusal(ofStop: PreparedNote(body)) { throw .refused(refusal.rule, refusal.message) }
            do throws(FileError) { try stops.add(note, statement) } catch { throw .failed }
        }
        if case .revoke(let revoke) = statement, let consent = state.pseudonyms[revoke.pseudonym]?.consent {
            do throws(SubKeyStoreError) { try subKeys.destroy([consent]) } catch { throw .failed }
            oneTimeKeys.destroy(for: consent)
        }
        return try signed(Receipt(.stop, origin: origin, statement: note.hash, broker: key, time: now()).text)
    }

    /// A state in which the signer has a role: the held one, else a newer one. A stop does not wait for a fresh quorum.
    private func state(knowing note: SignedNote) async throws(BrokerRefusal) -> LedgerState? {
        guard let signers = try? note.signers() else { return nil }
        if let state = await follower.newest?.state, state.recognises(signers) { return state }
        do throws(CofferError) { return try await follow().state } catch {
            if let state = await follower.newest?.state { return state }
            throw .tryLater("This broker does not know the ledger yet: \(error.message)")
        }
    }

    private func isSigned(_ note: SignedNote, _ statement: Statement, in state: LedgerState) -> Bool {
        switch statement {
        case .revoke(let revoke):
            state.pseudonyms[revoke.pseudonym]?.enrolled != nil && note.isSigned(byExactly: revoke.pseudonym)
        case .erase(let erase):
            state.pseudonyms[erase.pseudonym]?.enrolled != nil && note.isSigned(byExactly: erase.pseudonym)
        case .halt:
            state.charter?.terms.halters.contains { note.isSigned(byExactly: $0.key) } ?? false
        default: false
        }
    }
}
