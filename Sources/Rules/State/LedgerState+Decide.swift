package import Sealing

/// The order of the rules in `apply`. The first broken rule is the verdict.
extension LedgerState {
    mutating func decide(_ note: PreparedNote, _ mark: LogPosition) throws(Refusal) -> Hash256 {
        guard let content = note.content else {
            throw Refusal("malformed", "This is not a signed note of a known statement.")
        }
        let (statement, hash) = (content.statement, content.hash)
        try checkPlace(of: statement, hash, mark)
        try check(content.signers, try signerRule(for: statement))
        try admit(statement, hash: hash, mark: mark)
        accept(statement, hash, until: statement.heading.until, at: mark)
        return hash
    }

    /// The rules that come before those on signers: whether the statement belongs here, now, and once.
    private func checkPlace(of statement: Statement, _ hash: Hash256, _ mark: LogPosition) throws(Refusal) {
        if case .outcome(let outcome) = statement, outcome.manifest != nil, rules < .four {
            // Programs that are older than version 4 cannot read it.
            throw Refusal("malformed", "An outcome names a manifest only from version 4 of the rules on.")
        }
        if case .charter = statement {
            try require(
                mark.index == 0 && hash == pinnedCharter, "charter.pin", "The charter is not the one that was pinned.")
        } else {
            try require(
                mark.index > 0 && !charters.isEmpty, "charter.pin", "The ledger does not begin with its charter.")
        }
        let heading = statement.heading
        try require(heading.origin.hasSameBytes(as: origin), "origin", "The statement is for another ledger.")
        // Checked before `duplicate`, so that identities need not be remembered after their `until`.
        if let until = heading.until {
            try require(until >= mark.time, "until.past", "The statement came too late: its `until` has passed.")
            try require(
                until - mark.time <= statement.longestUntil, "until.far", "The statement's `until` is too far ahead.")
        }
        try require(
            index(of: statement, hash, until: heading.until) == nil, "duplicate", "The statement was accepted before.")
    }

    /// The refusal that a statement would meet as the next entry although everyone who must sign it had; nil if it
    /// would be accepted.
    package func objection(to statement: Statement, at time: Milliseconds) -> Refusal? {
        var next = self
        let mark = next.advance(to: time)
        let hash = statement.content.hash
        return Refusal.of { () throws(Refusal) in
            try next.checkPlace(of: statement, hash, mark)
            _ = try next.signerRule(for: statement)
            try next.admit(statement, hash: hash, mark: mark)
        }
    }

    /// The entry that accepted a statement, if any. The identity of a release is kept with the release only.
    private func index(of statement: Statement, _ hash: Hash256, until: Milliseconds?) -> UInt64? {
        guard case .release(let release) = statement else { return accepted.index(of: hash, until: until) }
        guard let grant = grants[release.grant]?.grant else { return nil }
        return acceptedReleases.index(of: hash, under: grant)
    }

    private mutating func accept(_ statement: Statement, _ hash: Hash256, until: Milliseconds?, at mark: LogPosition) {
        switch statement {
        case .release: break
        default: accepted.accept(hash, until: until, at: mark.index)
        }
        history = Hash256(of: Self.acceptedDomain, history, hash, mark.index, mark.time)
    }

    private static let acceptedDomain = D("accepted")

    private mutating func admit(_ statement: Statement, hash: Hash256, mark: LogPosition) throws(Refusal) {
        switch statement {
        case .charter(let charter): try admit(charter, hash, mark)
        case .amend(let amend): try admit(amend, hash, mark)
        case .enrol(let enrol): try admit(enrol, mark)
        case .dismiss(let dismiss): admit(dismiss, mark)
        case .purpose(let purpose): try admit(purpose, hash, mark)
        case .withdraw(let withdraw): admit(withdraw, mark)
        case .consent(let consent): try admit(consent, hash, mark)
        case .revoke(let revoke): admit(revoke, mark)
        case .erase(let erase): admit(erase)
        case .grant(let grant): try admit(grant, hash, mark)
        case .release(let release): try admit(release, hash, mark)
        case .outcome(let outcome): outcomes[outcome.grant, default: []].append(mark)
        case .destroyed(let destroyed): try admit(destroyed, mark)
        case .halt: halts[hash] = HaltRecord(mark: mark)
        case .resume(let resume): try admit(resume, mark)
        }
    }
}
