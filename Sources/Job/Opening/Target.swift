import Messages
import Rules
import Sealing

/// One id of a release, and the page or week that the job expects behind it.
struct Target: Sendable {
    /// Its position in the release, once it has one.
    var at: UInt32 = 0
    let consent: ConsentTerms
    /// A page or an index week; brokers compute x from it.
    let what: What

    enum What: Sendable {
        case page(IndexLine)
        case week(Day)
    }

    /// The id by which a release names it.
    var id: PageID {
        switch what {
        case .page(let line): line.page
        case .week(let monday): .week(monday)
        }
    }

    /// The line of an index; nil for a week.
    var line: IndexLine? {
        guard case .page(let line) = what else { return nil }
        return line
    }

    var page: PageID? { line?.page }

    /// The page with its consent; nil for a week.
    var listed: (consent: ConsentTerms, line: IndexLine)? { line.map { (consent, $0) } }

    /// The index week; nil for a page.
    var week: IndexWeek? {
        guard case .week(let monday) = what else { return nil }
        return IndexWeek(
            consent: consent.hash, pseudonym: consent.pseudonym, scopeCommitment: consent.scope, monday: monday,
            isLinked: consent.isLinked)
    }

    /// Where it lies, for errors.
    var place: LakePlace {
        switch what {
        case .page(let line): line.place(consent)
        case .week(let monday): LakePlace(consent.pseudonym, week: monday)
        }
    }

    var ask: AskPosition { AskPosition(at: at, claim: claim) }

    private var claim: PageClaim {
        switch what {
        case .page(let line): PageClaim(kind: line.kind.rawValue, app: line.app.string, day: line.day)
        case .week(let monday): .week(monday)
        }
    }

    var x: Hash256 {
        switch what {
        case .page(let line): claim.inputs(under: consent.hash).x(line.page)
        case .week: claim.inputs(under: consent.hash).x(.zero)
        }
    }
}
