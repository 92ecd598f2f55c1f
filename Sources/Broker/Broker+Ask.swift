import Ledger
import Messages
import Replica
import Rules
package import Sealing
import Synchronization

extension Broker {
    /// Takes hash(release) 32 ‖ sealed ask. Returns a sealed answer for every position, or throws a refusal that names
    /// the first bad one.
    package func ask(_ body: Bytes) async throws(BrokerRefusal) -> Bytes {
        guard body.count > 32, let hash = try? Hash256(body.prefix(32)) else {
            throw .malformed("An ask must be the hash of a release and a sealed box.")
        }
        let basis = try await basis(of: hash)
        let (ask, asked) = try open(Array(body.dropFirst(32)), release: hash, job: basis.job)
        let verified = try release(hash, in: basis.state)
        guard Release.name(of: ask.recipient) == verified.release.recipient else { throw .otherRecipient }
        var partials = try evaluate(ask.positions, of: verified, by: basis)
        defer { wipe(&partials) }
        let answer = Answer(
            origin: origin, release: hash, ask: asked, broker: key, size: basis.tree.size, root: basis.tree.root,
            partials: partials)
        let box: Bytes
        do throws(CofferError) {
            box = try SealedAnswer.seal(answer, partials: partials, by: noteKey, to: ask.recipient)
        } catch {
            throw BrokerRefusal(error)
        }
        if isOutdated(basis) { return try await self.ask(body) }
        count(ask.positions)
        return box
    }

    /// Counts an answer.
    func count(_ positions: [AskPosition]) {
        answers.add(1, ordering: .relaxed)
        positionsAnswered.add(UInt64(positions.count), ordering: .relaxed)
    }

    /// The ask and its hash, if it is sealed to this broker, names this release, and has exactly the signature of the
    /// grant's job. Throws code `.usage` for its format and rule `ask.job` for its signature.
    private func open(_ box: Bytes, release: Hash256, job: VerifyingKey) throws(BrokerRefusal) -> (Ask, Hash256) {
        let info = HPKEInfo.statement(
            .ask, origin: origin, statement: release, recipient: sealingKey.publicKey)
        guard let plaintext = try? SealedBox.open(box, with: sealingKey, info: info) else {
            throw .malformed("The ask is not sealed to this broker for this release.")
        }
        guard let note = try? SignedNote(parsing: plaintext), let ask = try? Ask(parsing: note.text) else {
            throw .malformed("The ask is malformed.")
        }
        guard ask.origin.hasSameBytes(as: origin), ask.release == release else {
            throw .malformed("The ask names another ledger or release than its box does.")
        }
        guard note.isSigned(byExactly: job) else { throw .otherJob }
        return (ask, note.hash)
    }
}

extension BrokerRefusal {
    static let otherRecipient = BrokerRefusal.refused(
        "ask.recipient", "The ask's recipient key is not the one that the release names.")
    static let otherJob = BrokerRefusal.refused(
        "ask.job", "The ask is not signed by the job that the grant names.")
}
