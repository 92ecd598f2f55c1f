import Crypto
import Lake
import Sealing
import Vault

/// Compares the lake with what published pages and indices list, and puts back what it lacks. The lake, or a program of
/// an earlier version on another laptop, may have deleted it.
extension PageOffering {
    /// What the lake lacks of one consent.
    struct Lacking {
        var pages: [OfferedPage] = []
        /// Whether the lake has nothing of all that was published: then it may be another one, or not be mounted.
        var isTotal = false
        /// The numbers of indices, by the Monday of their week.
        var indices: [Day: [UInt32]] = [:]
    }

    func lacking(_ record: KeptConsent) async throws -> Lacking {
        var lacking = Lacking()
        var found = 0
        for page in try vault.directory.offeredPages()
        where page.pseudonym == record.pseudonym && record.pages[page.id]?.isPublished == true {
            let objects = [page.object] + page.segments.map(\.object)
            var present = 0
            for object in objects where try await lake.exists(object) { present += 1 }
            if present < objects.count { lacking.pages.append(page) }
            found += present
        }
        for (monday, next) in record.rounds {
            let key = key(record, PageIndex.x(consent: record.consent, monday: monday))
            for r in 0..<next {
                if try await lake.exists(PageIndex.objectName(key: key, r: r)) {
                    found += 1
                } else {
                    lacking.indices[monday, default: []].append(r)
                }
            }
        }
        lacking.isTotal = found == 0 && !lacking.pages.isEmpty
        return lacking
    }

    /// Puts back what can be made from this vault. Returns how many objects that were. Into a lake that has nothing,
    /// only when the person has asked: otherwise throws `.tryLater`.
    func putBack(
        _ record: inout KeptConsent, segments: [Hash256: IndexedSegment], isAsked: Bool
    ) async throws -> Int {
        let lacking = try await lacking(record)
        guard isAsked || !lacking.isTotal else {
            throw CofferError(
                .tryLater, "The lake has nothing of what you published for \(record.purposeName).",
                hint: "If it is mounted and the right one, `coffer sync` puts everything back.")
        }
        var put = 0
        for page in lacking.pages {
            guard let what = record.pages[page.id] else { continue }
            put += try await upload(page, what: what, record: &record, segments: segments) ?? 0
        }
        for (monday, rounds) in lacking.indices.sorted(by: { $0.key < $1.key }) {
            put += try await putBack(rounds, monday: monday, record: &record)
        }
        if put > 0 { try vault.keep(record) }
        return put
    }

    /// Fills the holes in a week's indices with the published pages that no other index lists. An index that lists
    /// nothing is written too: a reader stops at the first that is missing.
    private func putBack(_ rounds: [UInt32], monday: Day, record: inout KeptConsent) async throws -> Int {
        let week = week(monday, record)
        let key = key(record, week.x)
        let device = try device(&record)
        let isClosed = record.written.isClosed(monday)
        var listed: Set<PageID> = []
        for r in 0..<(record.rounds[monday] ?? 0) {
            guard let file = try await lake.get(PageIndex.objectName(key: key, r: r)),
                let index = try? week.open(file, r: r, key: key)
            else { continue }
            listed.formUnion(index.lines.map(\.page))
        }
        let offered = Set(try vault.directory.offeredPages().map(\.id))
        var lost = record.pages.filter { id, page in
            page.isPublished && page.day.monday == monday && !listed.contains(id) && offered.contains(id)
        }.map { IndexLine(page: $0, kind: $1.kind, app: $1.app, day: $1.day, object: $1.object) }[...]
        for r in rounds {
            let part = Array(lost.prefix(PageIndex.maximumLines))
            lost = lost.dropFirst(part.count)
            let (file, link) = try index(part, week, r: r, device: device, isClosed: isClosed, record: record)
            guard try await lake.put(PageIndex.objectName(key: key, r: r), file, onlyIfAbsent: true) else { continue }
            if let link { record.written.note(link, monday: monday) }
        }
        var put = rounds.count
        while !lost.isEmpty {
            try await publish(
                Array(lost.prefix(PageIndex.maximumLines)), monday: monday, isClosed: isClosed, record: &record)
            lost = lost.dropFirst(PageIndex.maximumLines)
            put += 1
        }
        return put
    }
}
