package import Sealing

/// Judges positions of one release, at one state and one time (Design, "A release, step by step", step 3).
///
/// Checks of the whole release run once, checks of a consent once for each run of its positions. The refusal of a
/// position names the first rule that it breaks, in the order of `page`, which is that of the page Statements. The
/// result does not depend on the positions judged before.
package struct ReleaseJudge: Sendable {
    private let state: LedgerState
    private let stops: DirectStops
    private let release: Release
    /// The later of the release's entry and the broker's clock.
    private let time: Milliseconds
    private let findings: Findings
    private var positions: PositionFinder
    /// The consent of the previous position.
    private var last: (part: Int, standing: ConsentStanding)?
    /// The claim of the previous page, and why it is not allowed, if so.
    private var lastClaim: (claim: PageClaim, refusal: Refusal?)?

    init(_ state: LedgerState, _ verified: VerifiedRelease, now: Milliseconds, stops: DirectStops) {
        self.state = state
        self.stops = stops
        self.release = verified.release
        self.positions = PositionFinder(verified.release)
        let accepted = state.acceptedReleases[verified.hash]
        self.time = max(accepted?.mark.time ?? 0, now)
        self.findings = Findings(state, verified, accepted, now: now, at: time, stops: stops)
    }

    /// Judges a position with the job's claim; throws the first broken rule.
    package mutating func page(at position: Int, _ claim: PageClaim) throws(Refusal) -> JudgedPage {
        if let refusal = findings.outset { throw refusal }
        guard let (part, id) = positions.find(position) else {
            throw Refusal("position", "The release has no such position.")
        }
        guard let terms = findings.terms, let consent = standing(part) else {
            throw Refusal("release", "The release names a grant or a consent that does not exist.")
        }
        if let refusal = findings.halted ?? consent.refusal ?? findings.ended { throw refusal }
        try require(!consent.hasErased(id), "page.erased", "The page was erased.")
        if let monday = id.monday {
            try requireIndex(monday, claim)
            if let refusal = findings.aged { throw refusal }
            return JudgedPage(consent: consent.hash, page: .zero, claim: claim, roster: consent.roster)
        }
        if let refusal = outside(claim, terms) { throw refusal }
        let open = (UInt64(claim.day) + 1) * millisecondsPerDay + consent.window
        try require(open <= time, "page.window", "The review window has not passed.")
        if let refusal = findings.aged { throw refusal }
        return JudgedPage(consent: consent.hash, page: id, claim: claim, roster: consent.roster)
    }

    /// The status of one of the release's consents; nil when the consent does not exist.
    private mutating func standing(_ part: Int) -> ConsentStanding? {
        if let last, last.part == part { return last.standing }
        guard let found = ConsentStanding(release.consents[part].consent, in: state, at: time, stops: stops) else {
            return nil
        }
        last = (part, found)
        return found
    }

    /// Why the purpose or the grant does not allow such a page; nil if both do. Remembers the last claim, since most
    /// pages of a release share a few.
    private mutating func outside(_ claim: PageClaim, _ terms: ReleaseTerms) -> Refusal? {
        if lastClaim?.claim == claim { return lastClaim?.refusal }
        let refusal = Refusal.of { () throws(Refusal) in
            try require(terms.allows(kind: claim.kind), "page.kind", "The kind is outside the purpose or the grant.")
            try require(terms.allows(app: claim.app), "page.app", "The app is outside the purpose or the grant.")
            try require(terms.days.contains(claim.day), "page.day", "The day is outside the grant.")
        }
        lastClaim = (claim, refusal)
        return refusal
    }

    /// An index may be answered under any live grant of the consent's purpose, once its week has begun.
    private func requireIndex(_ monday: Day, _ claim: PageClaim) throws(Refusal) {
        try require(claim.kind == PageIndex.kind, "page.kind", "An index must be requested with the kind `index`.")
        try require(claim.app.isEmpty, "page.app", "An index must be requested without an app.")
        try require(claim.day == monday, "page.day", "An index must be requested with its own Monday.")
        try require(monday.start <= time, "page.window", "The week has not begun.")
    }
}

extension ReleaseJudge {
    /// The findings that are the same at every position.
    private struct Findings: Sendable {
        /// A refusal before any position is checked.
        let outset: Refusal?
        /// Nil when the grant or its purpose does not exist.
        let terms: ReleaseTerms?
        let halted: Refusal?
        /// The release is too old. It is checked last.
        let aged: Refusal?
        /// The end of the purpose or of the grant. It is checked after the consent's.
        let ended: Refusal?

        init(
            _ state: LedgerState, _ verified: VerifiedRelease, _ accepted: AcceptedRelease?, now: Milliseconds,
            at time: Milliseconds, stops: DirectStops
        ) {
            let grant = verified.release.grant
            terms = ReleaseTerms(grant, in: state)
            outset = Refusal.of { () throws(Refusal) in
                try require(
                    accepted?.grant == grant, "release", "No such release was accepted at this tree size.")
                try require(
                    state.clock <= now || state.clock - now <= state.charter?.terms.tolerance ?? 0, "clock",
                    "The ledger's newest entry is too far ahead of this clock.")
            }
            let isHaltedDirectly = stops.halts.contains { state.halts[$0]?.lifted == nil }
            let entered = accepted?.mark.time ?? 0
            aged =
                time - entered > Release.lifetime
                ? Refusal("release.age", "The release is older than a day.") : nil
            halted =
                state.refusalByHalt
                ?? (isHaltedDirectly ? Refusal("halted", "The programme is halted.") : nil)
            ended =
                terms.flatMap { state.refusal(ofPurpose: $0.purpose, at: time) }
                .map { Refusal("purpose", "The purpose has ended.", entry: $0.entry) }
                ?? state.refusal(ofGrant: grant, at: time)
                .map { Refusal("grant", "The grant is not live.", entry: $0.entry) }
        }
    }
}

extension LedgerState {
    /// A judge of a release's positions at this state, at the later of the entry's time and `now`.
    package func judge(
        of release: VerifiedRelease, now: Milliseconds, stops: DirectStops = DirectStops()
    ) -> ReleaseJudge {
        ReleaseJudge(self, release, now: now, stops: stops)
    }
}
