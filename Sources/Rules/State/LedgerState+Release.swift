import Sealing

/// Grants, releases, destructions, resumes.
extension LedgerState {
    mutating func admit(_ grant: Grant, _ hash: Hash256, _ mark: LogPosition) throws(Refusal) {
        guard let purpose = livePurpose(grant.purpose, at: mark.time) else {
            throw Refusal("grant.purpose", "There is no such live purpose.")
        }
        try grant.check(against: purpose, at: mark.time)
        // A key that already has the role was checked when it got it.
        let role = roles[grant.job]
        try require(
            role == .job || role == nil && grant.job.isEnrollable, "grant.job",
            "The job's key is not good, or has another role.")
        take(.job, grant.job)
        grants[hash] = GrantRecord(grant: grant, mark: mark, live: mark.time + purpose.notice)
    }

    mutating func admit(_ release: Release, _ hash: Hash256, _ mark: LogPosition) throws(Refusal) {
        try refuse(refusalByHalt)
        guard let record = grants[release.grant] else { throw Refusal("release.grant", "There is no such grant.") }
        let grant = record.grant
        try refuse(refusal(of: record, at: mark.time))
        guard let budget = livePurpose(grant.purpose, at: mark.time)?.pages else {
            throw Refusal("release.purpose", "The grant's purpose has ended.")
        }
        for part in release.consents {
            guard let record = consents[part.consent], record.consent.purpose == grant.purpose else {
                throw Refusal("release.consent", "There is no such consent to the grant's purpose.")
            }
            try refuse(refusal(of: record, at: mark.time))
            try requireWeeks(part.ids, in: grant)
        }
        let (count, today) = (SaturatingUInt64(clamping: release.count), Day(of: mark.time))
        let ofGrant = spent[release.grant].and(count, on: today)
        let ofPurpose = spent[grant.purpose].and(count, on: today)
        try require(
            ofGrant.count <= grant.pages && ofPurpose.count <= budget, "release.budget",
            "The day's budget of pages is used up.")
        spent[release.grant] = ofGrant
        spent[grant.purpose] = ofPurpose
        acceptedReleases.accept(hash, release, at: mark, under: grant)
    }

    /// An id that names an index week must name a Monday whose week the grant's days touch. Weeks come first.
    private func requireWeeks(_ ids: [PageID], in grant: Grant) throws(Refusal) {
        for id in ids {
            guard let monday = id.monday else { return }
            // Version 1 took day 0, a Thursday, for a Monday.
            let isMonday = monday.monday == monday && (monday > 0 || rules < .two)
            try require(
                isMonday && monday <= grant.to && UInt64(monday) + 6 >= UInt64(grant.from),
                "release.week", "An index week does not touch the grant's days.")
        }
    }

    mutating func admit(_ destroyed: Destroyed, _ mark: LogPosition) throws(Refusal) {
        try require(destroyed.size.rawValue <= mark.index, "destroyed.size", "The ledger had fewer entries than that.")
        destructions[destroyed.broker] = max(destroyed.size.rawValue, destructions[destroyed.broker] ?? 0)
    }

    mutating func admit(_ resume: Resume, _ mark: LogPosition) throws(Refusal) {
        try require(
            resume.halts.allSatisfy { halts[$0] != nil }, "resume.halts", "It names a halt that was never accepted.")
        for halt in resume.halts where halts[halt]?.lifted == nil { halts[halt]?.lifted = mark }
    }
}
