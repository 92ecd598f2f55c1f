import Crypto
import Lake
import Rules
import Sealing
import Vault

/// A consent's indices and pages, read with keys that its keyholder derives without the brokers.
struct DerivedPages {
    let consent: Consent
    let hash: Hash256
    let keys: ConsentKeys
    let shapes: [GroupShape]
    /// Whether the indices are linked, and the day of the consent's entry.
    let isLinked: Bool
    let day: Day

    /// How many weeks back to search for the first index, which names the scope: ten years.
    private static let longestSearch: Day = 520

    private func key(_ x: Hash256) -> SymmetricKey {
        ReplicatedPRF.pageKey(root: keys.root, roster: consent.rosterHash, groups: shapes, consent: hash, x: x)
    }

    /// All weeks that have indices, by their Mondays, and how many weeks lack one. After the first index is found, its
    /// scope limits the search.
    func weeks(_ lake: any Lake, now: Milliseconds) async throws -> (found: [Day: WeekIndices], lacking: Int) {
        var weeks: [Day: WeekIndices] = [:]
        var searched: [Day] = []
        let last = Day(of: now).monday
        var lowest = last - min(last, Self.longestSearch * 7)
        var monday = last
        while true {
            searched.append(monday)
            weeks[monday] = try await indices(monday, lake)
            if let scope = weeks[monday]?.indices.first?.scope { lowest = max(lowest, scope.from.monday) }
            guard monday >= lowest, monday - lowest >= 7 else { break }
            monday -= 7
        }
        let lacking = isLinked ? IndexChain(weeks, weeks: searched, consented: day).lacking : []
        return (weeks, lacking.count)
    }

    private func indices(_ monday: Day, _ lake: any Lake) async throws -> WeekIndices? {
        let week = IndexWeek(
            consent: hash, pseudonym: consent.pseudonym, scopeCommitment: consent.scope, monday: monday,
            isLinked: isLinked)
        return try await lake.indices(of: week, key: key(week.x))
    }

    private func x(of line: IndexLine) -> Hash256 {
        ReplicatedPRF.x(
            consent: hash, page: line.page, kind: line.kind.rawValue, app: line.app.string, day: line.day)
    }

    /// Whether the bodies have names of this page's own. Pages of earlier versions have names that others may share.
    func ownsBodies(_ line: IndexLine, _ items: [PageItem]) -> Bool {
        let key = key(x(of: line))
        return items.allSatisfy { $0.object == Page.bodyName(key: key, bodyHash: $0.entry.bodyHash) }
    }

    /// A page's items; nil when the lake lacks it or it does not open.
    func items(of line: IndexLine, _ lake: any Lake) async throws -> [PageItem]? {
        let x = x(of: line)
        guard let file = try await lake.get(line.object) else { return nil }
        return try? Page.open(
            file, x: x, key: key(x), pseudonym: consent.pseudonym, kind: line.kind, app: line.app, day: line.day)
    }
}
