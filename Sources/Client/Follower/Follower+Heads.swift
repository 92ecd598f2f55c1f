import Ledger
import Rules
import Sealing

extension Follower {
    /// How many entries are fetched for a head that the charter in force does not yet vouch for.
    private static let unvouched: UInt64 = 1 << 16

    /// Fetches and applies the entries up to a size.
    func fetch(from source: any EntrySource, to size: UInt64, head: SignedNote, into log: inout FollowedLog)
        async throws(CofferError)
    {
        let start = log.size
        while log.size < size {
            // An amendment among the new entries may name other keys, so an unknown signature alone is no refusal yet.
            if log.size > 0, log.size - start > Self.unvouched || size - start > Self.unvouched {
                guard let policy = log.policy, (try? policy.verify(head)) != nil else {
                    throw CofferError(
                        .tampering, "The ledger's head is not signed as it must be.", rule: "head.signature")
                }
            }
            let bundle = log.size / 256
            let width = Int(min(256, size - bundle * 256))
            let entries = try await source.entries(bundle: bundle, width: width)
            for entry in entries.dropFirst(Int(log.size - bundle * 256)) {
                try log.append(entry)
                log.fetched.append(entry)
            }
        }
    }

    /// A head that is not beyond what was followed: the same again, freshly cosigned; an older one; or a fork.
    func earlier(_ checkpoint: Checkpoint, _ note: SignedNote) throws(CofferError) -> Followed {
        guard let known = log.head, let policy = log.policy, let followed = log.followed else { throw .notAHead }
        let root = checkpoint.size == log.size ? log.root : try storedRoot(at: checkpoint.size)
        let signed: VerifiedCheckpoint
        do throws(NoteError) { signed = try policy.verifySignatures(note) } catch {
            throw CofferError(.tampering, "The ledger's head is not signed as it must be.", rule: "head.signature")
        }
        guard root == checkpoint.root else {
            throw evidence.fork(
                known: known, other: note,
                what: "The ledger signed two histories: the same \(checkpoint.size) entries have two roots.")
        }
        if checkpoint.size < log.size {
            try refuseRollback(signed, known: known, tolerance: followed.state.charter?.terms.tolerance ?? 0)
            return followed
        }
        guard let time = signed.quorumTime else { throw .noQuorum }
        guard time > known.quorumTime ?? 0 else { return followed }
        _ = try store.advance(from: log.size, appending: [], head: note)
        log.head = signed
        return Followed(state: followed.state, head: signed)
    }

    /// An old head may be served late. One that a quorum cosigned well after a larger one was put back on purpose.
    private func refuseRollback(_ old: VerifiedCheckpoint, known: VerifiedCheckpoint, tolerance: Milliseconds)
        throws(CofferError)
    {
        guard let oldTime = old.quorumTime, let knownTime = known.quorumTime,
            oldTime * 1_000 > knownTime * 1_000 + tolerance
        else { return }
        throw evidence.fork(
            known: known, other: old.note,
            what: "The ledger was rolled back: \(old.size) entries were cosigned after \(known.size).")
    }

    /// The root that the stored entries had at an earlier size.
    private func storedRoot(at size: UInt64) throws(CofferError) -> Hash256 {
        var frontier = MerkleFrontier()
        while frontier.size < size {
            let entries = try store.entries(from: frontier.size, count: Int(min(1_024, size - frontier.size)))
            guard !entries.isEmpty else { throw .corruptStore }
            for entry in entries { frontier.append(leafHash: Merkle.leafHash(entry)) }
        }
        return frontier.root
    }

    /// Why the entries served after those known do not give the head's root: the error to throw.
    ///
    /// If what the source serves from the first entry on gives the head's root, but other than the known root at the
    /// known size, the log has forked. If not, the source serves entries that no head covers.
    func unlike(_ known: FollowedLog, _ note: SignedNote, _ checkpoint: Checkpoint, source: any EntrySource)
        async throws(CofferError) -> CofferError
    {
        let notCovered = CofferError(
            .tampering, "The entries that were served do not give the root of the head.", rule: "entries.root")
        guard let head = known.head, let policy = known.policy, (try? policy.verifySignatures(note)) != nil else {
            return notCovered
        }
        var frontier = MerkleFrontier()
        var isFork = false
        while frontier.size < checkpoint.size {
            let width = Int(min(256, checkpoint.size - frontier.size))
            for entry in try await source.entries(bundle: frontier.size / 256, width: width) {
                frontier.append(leafHash: Merkle.leafHash(entry))
                if frontier.size == known.size { isFork = frontier.root != known.root }
            }
        }
        guard isFork, frontier.root == checkpoint.root else { return notCovered }
        return evidence.fork(
            known: head, other: note,
            what:
                "The ledger signed two histories: \(checkpoint.size) entries do not begin with the \(known.size) known."
        )
    }
}
