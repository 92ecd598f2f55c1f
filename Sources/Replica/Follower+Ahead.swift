import Ledger
import Rules
package import Sealing

extension Followed {
    /// The time by which acts that cannot be undone are judged: the earlier of this machine's clock and the quorum time
    /// of the followed checkpoint. Fewer than a quorum of cosigners cannot advance the second, whatever the ledger
    /// writes as stamps.
    package func certainTime(now: Milliseconds) -> Milliseconds {
        min(now, Milliseconds(checkpoint.quorumTime ?? 0))
    }
}

/// Checkpoints from the future (Ledger, "Clocks").
///
/// A checkpoint whose entries are stamped ahead of this machine's clock beyond the charter's tolerance is checked like
/// any other, but held off: it is neither followed nor stored, and following fails with rule `clock`. To go on from the
/// older checkpoint would miss the revocations between, so the stops in the one held off are obeyed.
extension Follower {
    /// The state that is ahead of this machine's clock: of the checkpoint held off, or of the stored one after the
    /// clock was set back. Its stops hold; nothing else may be done by it.
    package var ahead: Followed? {
        if let heldOff, heldOff.checkpoint.size > log.size { return heldOff }
        return log.followed.flatMap { isAhead($0.state) ? $0 : nil }
    }

    /// What stops are judged by, which hold whatever the clocks say.
    package var newest: Followed? { ahead ?? log.followed }

    /// Throws rule `clock` when these entries are ahead, and remembers them.
    func requireTimely(_ next: FollowedLog) throws(CofferError) {
        guard isAhead(next.state) else { return }
        heldOff = next.followed
        throw .stampedAhead(next.state)
    }

    /// Throws rule `clock` while the newest checkpoint that was seen is ahead.
    func requireTimely() throws(CofferError) {
        if let ahead { throw .stampedAhead(ahead.state) }
    }

    /// Whether this note is of the checkpoint held off, which need not be fetched again.
    func isHeldOff(_ note: SignedNote) -> Bool {
        heldOff.map { $0.checkpoint.note.text == note.text && isAhead($0.state) } ?? false
    }

    private func isAhead(_ state: LedgerState) -> Bool {
        guard let now, let terms = (log.state.charter ?? state.charters.first)?.terms else { return false }
        return state.clock > now() + terms.tolerance
    }
}

extension CofferError {
    /// Whether this machine found that the ledger's stamps are ahead of its clock.
    package var isOfClocks: Bool { code == .tryLater && rule == "clock" && !isReply }

    static func stampedAhead(_ state: LedgerState) -> CofferError {
        CofferError(
            .tryLater,
            "The ledger's newest entry is stamped \(CivilTime(state.clock).rfc3339), ahead of this machine's clock.",
            rule: "clock",
            hint: "Set this machine's clock. If it is right, the ledger's was wrong: wait, or ask its operator.")
    }
}
