package import Sealing

/// What a job says of the page at a position. A lie yields a useless key.
package struct PageClaim: Hashable, Sendable {
    /// A kind, or `index`.
    package let kind: String
    /// An app; empty for an index.
    package let app: String
    package let day: Day

    package init(kind: String, app: String, day: Day) {
        self.kind = kind
        self.app = app
        self.day = day
    }

    package static let index = "index"
}

/// A position that may be answered: what its x is made of.
package struct JudgedPage: Hashable, Sendable {
    package let consent: Hash256
    /// Zero for an index.
    package let page: PageID
    package let claim: PageClaim
    /// The roster whose sub-keys answer.
    package let roster: Hash256

    /// x = SHA-256(D("page") ‖ hash(consent) ‖ pageID ‖ lp(kind) ‖ lp(app) ‖ day).
    package var x: Hash256 {
        ReplicatedPRF.x(consent: consent, page: page, kind: claim.kind, app: claim.app, day: claim.day)
    }
}

extension State {
    /// Whether a broker may answer a position of a release (DESIGN §9.3), at the later of the entry's time and `now`.
    package func judge(
        release hash: Hash256, position: Int, claim: PageClaim, now: Milliseconds, stops: DirectStops = DirectStops()
    ) throws(Refusal) -> JudgedPage {
        guard let record = releases[hash] else {
            throw Refusal("release", "No such release was accepted at this tree size.")
        }
        try require(
            clock <= now || clock - now <= charter?.terms.tolerance ?? 0, "clock",
            "The ledger's entries are stamped beyond this clock.")
        let time = max(record.mark.time, now)
        guard let (consentHash, id) = record.release.position(position) else {
            throw Refusal("position", "The release has no such position.")
        }
        guard let grant = grants[record.release.grant]?.grant, let consent = consents[consentHash]?.consent,
            let purpose = purposes[grant.purpose]?.purpose
        else { throw Refusal("release", "The release names what is not there.") }

        try require(
            !isHalted && stops.halts.allSatisfy { halts[$0]?.lifted != nil }, "halted", "The programme is halted.")
        try requireLive(consent: consentHash, at: time)
        try require(!stops.revoked.contains(consent.pseudonym), "revoked", "The consent was revoked.")
        try require(isLive(purpose: grant.purpose, at: time), "purpose", "The purpose has ended.")
        try require(isLive(grant: record.release.grant, at: time), "grant", "The grant is not live.")
        let key = ErasedKey(pseudonym: consent.pseudonym, consent: consentHash)
        try require(
            erasures[key]?.contains(id) != true && stops.erasures[key]?.contains(id) != true, "page.erased",
            "The page was erased.")

        if let monday = id.monday {
            try requireIndex(monday, claim: claim, purpose: grant.purpose, at: time)
            return JudgedPage(consent: consentHash, page: .zero, claim: claim, roster: consent.roster)
        }
        guard let kind = Kind(rawValue: claim.kind), purpose.kinds.contains(kind), grant.kinds.contains(kind) else {
            throw Refusal("page.kind", "The kind is outside the purpose or the grant.")
        }
        guard let app = try? AppName(claim.app), purpose.apps.contains(app), grant.apps.contains(app) else {
            throw Refusal("page.app", "The app is outside the purpose or the grant.")
        }
        try require(
            (grant.from...max(grant.from, grant.to)).contains(claim.day), "page.day", "The day is outside the grant.")
        let open = (Milliseconds(claim.day) + 1) * millisecondsPerDay + consent.window
        try require(open <= time, "page.window", "The review window has not passed.")
        return JudgedPage(consent: consentHash, page: id, claim: claim, roster: consent.roster)
    }

    /// An index opens to any live grant under the consent's purpose, once its week has begun.
    private func requireIndex(_ monday: Day, claim: PageClaim, purpose: Hash256, at time: Milliseconds)
        throws(Refusal)
    {
        try require(claim.kind == PageClaim.index, "page.kind", "An index week is asked for as another kind.")
        try require(claim.app.isEmpty, "page.app", "An index has no app.")
        try require(claim.day == monday, "page.day", "An index is asked for as another week.")
        try require(monday.start <= time, "page.window", "The week has not begun.")
    }
}
