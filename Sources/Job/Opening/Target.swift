import Messages
import Sealing

/// One id of a release, and what the job takes it to be.
struct Target: Sendable {
    /// Its position in the release.
    let at: UInt32
    let consent: ConsentTerms
    /// What a broker computes x from: a page, or an index week.
    let what: What

    enum What: Sendable {
        case page(IndexLine)
        case week(Day)
    }

    var ask: AskPosition {
        switch what {
        case .page(let line): AskPosition(at: at, kind: line.kind.rawValue, app: line.app.string, day: line.day)
        case .week(let monday): AskPosition(at: at, kind: PageIndex.kind, app: "", day: monday)
        }
    }

    var x: Hash256 {
        switch what {
        case .page(let line):
            ReplicatedPRF.x(
                consent: consent.hash, page: line.page, kind: line.kind.rawValue, app: line.app.string, day: line.day)
        case .week(let monday): PageIndex.x(consent: consent.hash, monday: monday)
        }
    }

    /// How a release names it.
    static func id(_ what: What) -> PageID {
        switch what {
        case .page(let line): line.page
        case .week(let monday): .week(monday)
        }
    }
}
