import Broker
import Crypto
import Ledger
import Messages
import Replica
import Rules
import Sealing

/// A broker with a bug: it asks the real one first, and answers anyway if the real one refuses by the rule that the bug
/// skips.
struct CarelessBroker: Answering {
    let bug: PlantedBug
    let name: String
    let broker: Broker
    let link: Link
    let clock: @Sendable () -> Milliseconds

    private var key: VerifyingKey { Cast.publicKey(name) }

    func stop(_ body: Bytes) async throws(BrokerRefusal) -> Bytes {
        guard bug == .receiptFirst, let note = try? SignedNote(parsing: body) else {
            return try await broker.stop(body)
        }
        let receipt = Receipt(.stop, origin: Cast.origin, statement: note.hash, broker: key, time: clock())
        guard let signed = try? SignedNote.message(receipt.text, by: Cast.key(name)) else { throw .failed }
        return signed.encoded
    }

    func openSession(_ body: Bytes) async throws(BrokerRefusal) -> Bytes { try await broker.openSession(body) }

    func askInSession(_ body: Bytes) async throws(BrokerRefusal) -> Bytes { try await broker.askInSession(body) }

    func ask(_ body: Bytes) async throws(BrokerRefusal) -> Bytes {
        do throws(BrokerRefusal) {
            let answer = try await broker.ask(body)
            guard bug == .otherRecipient, let state = await broker.follower.followed?.state,
                let other = try? reply(to: body, in: state, atSize: nil)
            else { return answer }
            return other
        } catch {
            guard let skipped = await skip(error, body) else { throw error }
            return skipped
        }
    }

    private func skip(_ refusal: BrokerRefusal, _ body: Bytes) async -> Bytes? {
        let known = bug == .skippedTolerance ? await broker.follower.newest : await broker.follower.followed
        guard let followed = known else { return nil }
        var state = followed.state
        switch (bug, refusal.error.rule) {
        case (.skippedWindow, "page.window"), (.anyJob, "ask.job"), (.askedRecipient, "ask.recipient"),
            (.skippedTolerance, "clock"), (.skippedScope, "page.kind"), (.skippedScope, "page.app"),
            (.skippedScope, "page.day"):
            break
        case (.ignoredErase, "page.erased"): state.erasures = [:]
        case (.ignoredHalt, "halted"): state.halts = [:]
        case (.staleCheckpoint, nil): guard refusal.error.code == .tryLater else { return nil }
        case (.oneCosigner, _): return await answerAtAnyCheckpoint(body)
        case (.forgottenBudget, "release"):
            guard let size = await replayed(body, size: followed.checkpoint.size) else { return nil }
            state = size
        default: return nil
        }
        return try? reply(to: body, in: state, atSize: followed.checkpoint)
    }

    /// Entries up to a checkpoint, without the other releases.
    private func replayed(_ body: Bytes, size: UInt64) async -> LedgerState? {
        let source = HTTPSource(url: Cast.url(Cast.ledger), transport: link)
        guard let entries = try? await source.entries(bundle: 0, width: Int(size)) else { return nil }
        var state = LedgerState(origin: Cast.origin, charterHash: Cast.charter.hash)
        for bytes in entries {
            guard let entry = try? Entry(parsing: bytes), let note = try? SignedNote(parsing: entry.note) else {
                continue
            }
            if case .release = try? Statement(parsing: note.text), note.hash.bytes != Array(body.prefix(32)) {
                continue
            }
            state.apply(entry)
        }
        return state
    }

    /// Follows any checkpoint that the ledger shows, if one cosigner signed it.
    private func answerAtAnyCheckpoint(_ body: Bytes) async -> Bytes? {
        let source = HTTPSource(url: Cast.url(Cast.ledger), transport: link)
        guard let bytes = try? await source.checkpoint(), let note = try? SignedNote(parsing: bytes),
            let policy = Cast.terms.checkpointPolicy(origin: Cast.origin),
            let checkpoint = try? CheckpointPolicy(ledger: policy.ledger, witnesses: policy.witnesses, quorum: 1)
                .verify(
                    note),
            let entries = try? await source.entries(bundle: 0, width: Int(checkpoint.size))
        else { return nil }
        var state = LedgerState(origin: Cast.origin, charterHash: Cast.charter.hash)
        for bytes in entries { if let entry = try? Entry(parsing: bytes) { state.apply(entry) } }
        return try? reply(to: body, in: state, atSize: checkpoint)
    }

    /// An answer by the real judge, without the check that the bug skips.
    private func reply(to body: Bytes, in state: LedgerState, atSize checkpoint: VerifiedCheckpoint?) throws -> Bytes? {
        let hash = try Hash256(body.prefix(32))
        let own = try Cast.sealingKey(name)
        let info = HPKEInfo.statement(.ask, origin: Cast.origin, statement: hash, recipient: own.publicKey)
        let note = try SignedNote(parsing: try SealedBox.open(Array(body.dropFirst(32)), with: own, info: info))
        let ask = try Ask(parsing: note.text)
        guard bug == .anyJob || isSigned(note, ask, in: state), let partials = try partials(ask, in: state) else {
            return nil
        }
        let answer = Answer(
            origin: Cast.origin, release: hash, ask: note.hash, broker: key,
            size: SaturatingUInt64(rawValue: checkpoint?.size ?? state.size),
            root: checkpoint?.root ?? Hash256(of: []), partials: partials)
        let recipient = bug == .otherRecipient ? try Cast.sealingKey(Cast.recipients[1]).publicKey : ask.recipient
        return try SealedAnswer.seal(answer, partials: partials, by: Cast.key(name), to: recipient)
    }

    private func isSigned(_ note: SignedNote, _ ask: Ask, in state: LedgerState) -> Bool {
        guard let accepted = state.acceptedReleases[ask.release], let grant = state.grants[accepted.grant]?.grant else {
            return false
        }
        return note.isSigned(byExactly: grant.job)
    }

    /// What the sub-keys give for positions that the real judge allows at this state, without what the bug skips.
    func partials(_ ask: Ask, in state: LedgerState) throws -> Bytes? {
        // A state replayed here has the whole release in memory; the broker's state reads it from its folder.
        let verified = try state.release(ask.release) ?? broker.release(ask.release, in: state)
        let release = verified.release
        guard let grant = state.grants[release.grant]?.grant else { return nil }
        var partials = Bytes()
        for position in ask.positions {
            guard let (consent, id) = release.position(Int(position.at)) else { return nil }
            let claim = position.claim
            var judged = claim
            var now = clock()
            if bug == .skippedTolerance { now = max(now, state.clock) }
            if bug == .skippedScope {
                judged = PageClaim(
                    kind: grant.kinds[0].rawValue, app: grant.apps[0].string,
                    day: min(max(claim.day, grant.from), grant.to))
            }
            var judge = state.judge(of: verified, now: now)
            do throws(Refusal) { _ = try judge.page(at: Int(position.at), judged) } catch {
                guard bug == .skippedWindow, error.rule == "page.window" else { throw error }
            }
            guard let keys = broker.subKeys.subKeys(of: consent) else { return nil }
            let x = ReplicatedPRF.x(
                consent: consent, page: id.monday == nil ? id : .zero, kind: claim.kind, app: claim.app, day: claim.day)
            for key in keys { partials += ReplicatedPRF.partial(key: key.key, x: x) }
        }
        return partials
    }
}
