import Ledger
import Messages
import Rules
import Sealing

/// Starts from a state that brokers vouch for.
extension Follower {
    var startable: (any StartableStore)? { store as? any StartableStore }

    /// Whether this entry is before the first stored one.
    func lacks(_ index: UInt64) throws(CofferError) -> Bool {
        guard let bootstrapSize = try startable?.bootstrapSize() else { return false }
        return index < bootstrapSize
    }

    /// Starts an empty store from a state that the pinned charter's brokers signed, and follows this source to its
    /// checkpoint.
    ///
    /// Nil when this follower does not start that way or cannot: then `say` got the reason and the log is replayed. A
    /// false note by a broker is kept as evidence: `state.snapshot` when the note contradicts its snapshot, `state.root`
    /// when it contradicts the log, `state.disagree` when it contradicts another broker's note. It keeps nobody from
    /// the log, which speaks for itself.
    func bootstrap(from source: any EntrySource) async throws(CofferError) -> Followed? {
        guard let start, let charter = start.charter, let store = startable, try store.checkpoint() == nil else {
            return nil
        }
        let note = try await checkpoint(of: source)
        guard try ownCheckpoint(note).size.rawValue >= start.least else { return nil }
        do throws(CofferError) {
            let states = try await VouchedStates(
                asking: charter, upTo: try Self.checkpoint(note).size, over: start.transport)
            let next = try await reach(note, from: states, charter: charter, source: source)
            try requireTimely(next)
            guard try store.begin(next.snapshot, checkpoint: note) else {
                // Another process was faster.
                return try await replay()
            }
            log = next
        } catch {
            guard error.isNoState || error.isOfState else { throw error }
            start.say("The ledger is replayed from its first entry, which takes longer: \(error.message)")
            return nil
        }
        keep()
        return log.followed
    }

    /// The log at a checkpoint, replayed from the oldest state and checked against all the states.
    private func reach(
        _ note: SignedNote, from states: VouchedStates, charter: CharterFile, source: any EntrySource
    ) async throws(CofferError) -> FollowedLog {
        let checkpoint = try Self.checkpoint(note)
        let snapshot = try snapshot(
            try await states.snapshot(of: states.oldest), of: states.oldest, charter: charter)
        // After an amendment, only brokers would vouch for the new signing keys. So the checkpoint must be valid by the
        // pinned charter. A later change of terms is checked by its handover.
        let isAmended = snapshot.state.charters.count > 1 || snapshot.state.announced != nil
        let policy = charter.terms.checkpointPolicy(origin: pin.origin)
        guard !isAmended || (try? policy?.verify(note)) != nil else {
            throw .noState("An amendment has changed whose signatures count since the pinned charter.")
        }
        var next = FollowedLog(pin: pin, snapshot: snapshot, watching: Set(states.all.map(\.state.size.rawValue)))
        try await next.fetch(from: source, to: checkpoint.size.rawValue, checkpoint: note)
        guard next.root == checkpoint.root else {
            throw try await unlike(states.oldest, note, policy: policy, source: source)
        }
        _ = try await next.take(note, from: source)
        // The checkpoint covers every entry now, so a difference below is not the source's fault.
        for other in states.all { try await check(other, of: states, in: next) }
        return next.bootstrapped
    }

    /// The snapshot that a note names. Throws `noState` for a snapshot that this program cannot check.
    private func snapshot(_ bytes: Bytes, of stated: VouchedState, charter: CharterFile) throws(CofferError)
        -> LedgerSnapshot
    {
        try requireVersion(of: bytes, by: stated.broker)
        guard let snapshot = try? LedgerSnapshot(parsing: bytes), snapshot.size == stated.state.size.rawValue,
            snapshot.root == stated.state.root, snapshot.state.origin.hasSameBytes(as: pin.origin),
            snapshot.state.pinnedCharter == pin.charterHash, let first = snapshot.state.charters.first,
            first.hash == pin.charterHash, first.terms == charter.terms, snapshot.state.digest == stated.state.state
        else {
            throw evidence.states(
                [stated.note], charter: pin.charterHash, rule: "state.snapshot",
                what: "\(stated.broker.name) signed a state note that does not match its snapshot.")
        }
        guard snapshot.state.retention == .needed else {
            throw .noState("\(stated.broker.name) does not keep the part of the history that brokers keep.")
        }
        return snapshot
    }

    private func requireVersion(of bytes: Bytes, by broker: CharterTerms.Broker) throws(CofferError) {
        if let version = LedgerSnapshot.version(of: bytes), version != LedgerState.snapshotVersion {
            throw .noState("\(broker.name) keeps its state in another version of the format.")
        }
    }

    /// Checks that the replay from the oldest state gives what this broker signed. The digest covers every acceptance,
    /// the snapshot's hash the whole state. Throws `noState` when the broker's snapshot has another version, since its
    /// hash cannot be compared.
    private func check(_ other: VouchedState, of states: VouchedStates, in log: FollowedLog) async throws(CofferError) {
        let (stated, oldest) = (other.state, states.oldest)
        if let reached = log.reached[stated.size.rawValue], reached.root == stated.root,
            reached.state.digest == stated.state
        {
            if Hash256(of: reached.encoded) == stated.snapshot { return }
            try requireVersion(of: try await states.snapshot(of: other), by: other.broker)
        }
        throw evidence.states(
            [oldest.note, other.note], charter: pin.charterHash, checkpoint: log.checkpoint?.note,
            rule: "state.disagree",
            what: "\(oldest.broker.name) and \(other.broker.name) signed states that contradict each other: "
                + "of \(oldest.state.size) and of \(stated.size) entries.")
    }

    /// The error to throw when the entries after a state do not give the checkpoint's root. If the checkpoint's tree
    /// had another root at that size, the broker signed a false tree. If not, the source serves entries that no
    /// checkpoint covers.
    private func unlike(
        _ stated: VouchedState, _ note: SignedNote, policy: CheckpointPolicy?, source: any EntrySource
    ) async throws(CofferError) -> CofferError {
        let notCovered = CofferError.notCovered
        guard let checkpoint = try? policy?.verify(note) else { return notCovered }
        let growth = try await FetchedTree(source, size: checkpoint.size, root: checkpoint.root).growth(
            from: stated.state.size.rawValue)
        guard growth.oldRoot != stated.state.root else { return notCovered }
        return evidence.states(
            [stated.note], charter: pin.charterHash, checkpoint: note,
            proof: ForkProof(root: growth.oldRoot, hashes: growth.proof), rule: "state.root",
            what: "\(stated.broker.name) signed a tree of \(stated.state.size) entries that is not the ledger's.")
    }
}
