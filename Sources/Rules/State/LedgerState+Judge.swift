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

    /// What is the same in the x of all pages of this consent and claim.
    package var inputs: PageInputs {
        PageInputs(consent: consent, kind: claim.kind, app: claim.app, day: claim.day)
    }

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
