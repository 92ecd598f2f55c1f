import Crypto
import Lake
import Ledger
import Messages
import Rules
import Sealing
import Vault

/// Makes pages under one consent and uploads them to the lake (Design, "Pages").
struct PageOffering {
    let vault: OpenVault
    let keys: ConsentKeys
    let shapes: [GroupShape]
    let lake: any Lake
    let state: LedgerState
    let origin: String

    /// Plans the pages that are due, then uploads every planned page that is not published: bodies, pages, indices.
    func offer(
        _ record: inout KeptConsent, segments: [IndexedSegment], now: Milliseconds, _ report: inout Syncer.SyncReport
    ) async throws {
        try plan(&record, segments: segments, now: now)
        let waiting = try vault.directory.offeredPages().filter {
            $0.pseudonym == record.pseudonym && record.pages[$0.id]?.isPublished == false
        }
        guard !waiting.isEmpty else { return }
        let byID = Dictionary(segments.map { ($0.id, $0) }) { first, _ in first }
        var published: [IndexLine] = []
        for page in waiting.shuffled() {
            guard let what = record.pages[page.id],
                let objects = try await upload(page, what: what, record: &record, segments: byID)
            else { continue }
            report.objects += objects
            published.append(
                IndexLine(page: page.id, kind: what.kind, app: what.app, day: what.day, object: page.object))
        }
        for (monday, lines) in Dictionary(grouping: published, by: { $0.day.monday }).sorted(by: { $0.key < $1.key }) {
            for start in stride(from: 0, to: lines.count, by: PageIndex.maximumLines) {
                let part = Array(lines[start..<min(start + PageIndex.maximumLines, lines.count)])
                try await publish(part, monday: monday, record: &record)
                report.objects += 1
                report.pages += part.map(\.page)
            }
        }
    }

    /// Plans new pages and stores them before any upload: the record, then each page with its erase.
    private func plan(_ record: inout KeptConsent, segments: [IndexedSegment], now: Milliseconds) throws {
        let plan = PagePlan(
            scope: record.scope, window: record.window, certified: try vault.certificates(),
            withheld: try vault.directory.withheld(),
            halted: state.haltedIntervals.map { PagePlan.Halted(from: $0.from, until: $0.until) })
        let offered = Set(
            try vault.directory.offeredPages().filter { $0.pseudonym == record.pseudonym }
                .flatMap { $0.segments.map(\.id) })
        let pages = plan.pages(of: segments, offered: offered, now: now)
        guard !pages.isEmpty else { return }
        var notes: [OfferedPage] = []
        for page in pages {
            let id = PageID.random()
            let object = Hash256(of: Random.bytes(32))
            let key = key(record, x(record, id, kind: page.kind, app: page.app, day: page.day))
            for segment in page.segments { _ = try record.number(of: segment.device) }
            record.pages[id] = .init(
                kind: page.kind, app: page.app, day: page.day, object: object, isPublished: false)
            let erase = Erase(origin: origin, pseudonym: record.pseudonym, consent: record.consent, pages: [id])
            notes.append(
                OfferedPage(
                    id: id, pseudonym: record.pseudonym, object: object,
                    segments: page.segments.map {
                        .init(id: $0.id, object: Page.bodyName(key: key, bodyHash: $0.bodyHash))
                    }, ownsBodies: true,
                    erase: try SignedNote.message(erase.text, by: keys.pseudonym).encoded))
        }
        try vault.keep(record)
        for note in notes { try vault.directory.keep(note) }
    }

    private func x(_ record: KeptConsent, _ page: PageID, kind: Kind, app: AppName, day: Day) -> Hash256 {
        ReplicatedPRF.x(consent: record.consent, page: page, kind: kind.rawValue, app: app.string, day: day)
    }

    func key(_ record: KeptConsent, _ x: Hash256) -> SymmetricKey {
        ReplicatedPRF.pageKey(
            root: keys.root, roster: record.roster, groups: shapes, consent: record.consent, x: x)
    }

    /// Uploads a page and its bodies, and returns how many objects that were. Nil when a segment was removed meanwhile:
    /// then the page must not be listed.
    func upload(
        _ page: OfferedPage, what: KeptConsent.PageRecord, record: inout KeptConsent,
        segments: [Hash256: IndexedSegment]
    ) async throws -> Int? {
        var items: [PageItem] = []
        var put = 0
        for held in page.segments {
            guard let segment = segments[held.id], vault.directory.hasSegment(held.id) else {
                try await withdraw(page)
                return nil
            }
            let body = try vault.directory.body(held.id)
            guard Hash256(of: body) == segment.bodyHash else {
                throw CofferError(
                    .tampering, "Segment \(held.id.prefix8) is damaged and cannot be offered.",
                    hint: "Remove it with `coffer rm \(held.id.prefix8)`.")
            }
            if try await lake.put(held.object, body, onlyIfAbsent: true) { put += 1 }
            items.append(
                PageItem(
                    entry: PageEntry(
                        kind: segment.kind, app: segment.app, device: try record.number(of: segment.device),
                        from: segment.from, until: segment.until, count: segment.count, bodyHash: segment.bodyHash),
                    contentKey: try vault.contentKey(held.id), object: held.object))
        }
        let x = x(record, page.id, kind: what.kind, app: what.app, day: what.day)
        let file: Bytes
        do {
            file = try Page.seal(items, x: x, key: key(record, x), pseudonym: keys.pseudonym)
        } catch { throw CofferError(.bug, "A page cannot be sealed.") }
        if try await lake.put(page.object, file, onlyIfAbsent: true) { put += 1 }
        guard try vault.directory.isOffered(page.id) else {
            try await withdraw(page)
            return nil
        }
        return put
    }

    /// An `rm` or a revocation meanwhile has its objects in the outbox; what was uploaded after it is deleted here.
    private func withdraw(_ page: OfferedPage) async throws {
        guard try !vault.directory.isOffered(page.id) else { return }
        for object in page.ownObjects { try await lake.delete(object) }
        for held in page.segments where !page.ownsBodies && !vault.directory.hasSegment(held.id) {
            try await lake.delete(held.object)
        }
    }

    /// Lists pages in the week's next index. Each object is written once. An existing index that lists these pages is
    /// this one, from before a crash; any other is skipped.
    func publish(_ lines: [IndexLine], monday: Day, record: inout KeptConsent) async throws {
        let x = PageIndex.x(consent: record.consent, monday: monday)
        let key = key(record, x)
        let salt = Scope.salt(root: keys.root)
        let file: Bytes
        do {
            file = try PageIndex(monday: monday, scope: record.scope, salt: salt, lines: lines)
                .seal(x: x, key: key, pseudonym: keys.pseudonym)
        } catch { throw CofferError(.bug, "An index cannot be sealed.") }
        var r = record.rounds[monday] ?? 0
        while try await !lake.put(PageIndex.objectName(key: key, r: r), file, onlyIfAbsent: true) {
            let there = try await lake.get(PageIndex.objectName(key: key, r: r))
            let index = there.flatMap {
                try? PageIndex.open(
                    $0, x: x, key: key, pseudonym: record.pseudonym, monday: monday,
                    scopeCommitment: record.scope.commitment(salt: salt))
            }
            if let index, Set(lines).isSubset(of: index.lines) { break }
            // Another laptop of the same person made it. It may have taken what was offered here.
            if let index, index.lines.contains(where: { record.pages[$0.page] == nil }) {
                try vault.directory.markElsewhere(
                    Set(try vault.directory.offeredPages().flatMap { $0.segments.map(\.id) }))
            }
            guard r < UInt32.max else { throw CofferError(.bug, "A week has run out of indices.") }
            r += 1
        }
        record.rounds[monday] = r + 1
        for line in lines { record.pages[line.page]?.isPublished = true }
        try vault.keep(record)
    }
}
