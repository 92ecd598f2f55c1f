package import Sealing

/// A job's claim about the page at a position. A false claim gives a useless key.
///
/// Kind and app are untrusted strings; the judge refuses invalid ones by its rule.
package struct PageClaim: Hashable, Sendable {
    /// A kind, or `index` (`PageIndex.kind`).
    package let kind: String
    /// An app; empty for an index.
    package let app: String
    package let day: Day

    package init(kind: String, app: String, day: Day) {
        self.kind = kind
        self.app = app
        self.day = day
    }

    /// The claim for a week's index.
    package static func week(_ monday: Day) -> PageClaim { PageClaim(kind: PageIndex.kind, app: "", day: monday) }

    /// The inputs to x that all pages of this consent and claim share.
    package func inputs(under consent: Hash256) -> PageInputs {
        PageInputs(consent: consent, kind: kind, app: app, day: day)
    }
}

/// A position that may be answered, with the inputs of its x.
package struct JudgedPage: Hashable, Sendable {
    package let consent: Hash256
    /// Zero for an index.
    package let page: PageID
    package let claim: PageClaim
    /// The roster whose sub-keys give the answer.
    package let roster: Hash256

    /// The inputs to x that all pages of this consent and claim share.
    package var inputs: PageInputs { claim.inputs(under: consent) }

    package func hasInputs(like other: JudgedPage) -> Bool { consent == other.consent && claim == other.claim }
}

extension LedgerState {
    /// Whether a broker may answer one position of a release that this state retains whole
    /// (Design, "A release, step by step", step 3).
    package func judge(
        release hash: Hash256, position: Int, claim: PageClaim, now: Milliseconds, stops: DirectStops = DirectStops()
    ) throws(Refusal) -> JudgedPage {
        guard let verified = release(hash) else {
            throw Refusal("release", "No such release was accepted at this tree size.")
        }
        var releaseJudge = judge(of: verified, now: now, stops: stops)
        return try releaseJudge.page(at: position, claim)
    }
}
