package import Crypto
import Lake
import Rules
package import Sealing

extension World {
    /// A page's or index's key, from the partials of two company brokers and the council's.
    package func key(consent: Hash256, x: Hash256) -> SymmetricKey? {
        let company = ["acme-1", "acme-2", "acme-3"].compactMap { deposit(consent, at: $0) }
        guard company.count >= 2, let council = deposit(consent, at: "council-1") else { return nil }
        var shares: [UInt16: Bytes] = [:]
        for deposit in company {
            for key in deposit.subKeys { shares[key.mask] = ReplicatedPRF.partial(key: key.key, x: x) }
        }
        return ReplicatedPRF.combine(
            [
                shares.sorted { $0.key < $1.key }.map(\.value),
                council.subKeys.map { ReplicatedPRF.partial(key: $0.key, x: x) },
            ], consent: consent, x: x)
    }

    /// What a job could read under a consent, with the sub-keys that the brokers hold: the weeks' indices up to the
    /// first that is missing, the pages that are not erased, and the records of every body.
    package func read(_ hash: Hash256, weeks: [Day]) async throws -> (lines: [IndexLine], records: [Record]) {
        let consent = try required(state.consents[hash]?.consent)
        let lake = try lake
        var lines: [IndexLine] = []
        var records: [Record] = []
        for monday in weeks {
            let week = IndexWeek(
                consent: hash, pseudonym: consent.pseudonym, scopeCommitment: consent.scope, monday: monday,
                isLinked: state.linksIndices(of: hash))
            let key = try required(key(consent: hash, x: week.x))
            lines += try await lake.indices(of: week, key: key)?.indices.flatMap(\.lines) ?? []
        }
        let erased = state.erased(under: hash)
        lines.removeAll { erased.contains($0.page) }
        for line in lines {
            let x = ReplicatedPRF.x(
                consent: hash, page: line.page, kind: line.kind.rawValue, app: line.app.string, day: line.day)
            let page = try required(try await lake.get(line.object))
            let items = try Page.open(
                page, x: x, key: try required(key(consent: hash, x: x)), pseudonym: consent.pseudonym, kind: line.kind,
                app: line.app, day: line.day)
            for item in items {
                let body = try required(try await lake.get(item.object))
                guard Hash256(of: body) == item.entry.bodyHash else { throw SealingError.notAuthentic }
                records += try SegmentOpening.records(body: body, kind: item.entry.kind, key: item.contentKey)
            }
        }
        return (lines, records)
    }
}

private struct Missing: Error {}

/// The value, which is there if the code under test is right.
private func required<T>(_ value: T?) throws -> T {
    guard let value else { throw Missing() }
    return value
}
