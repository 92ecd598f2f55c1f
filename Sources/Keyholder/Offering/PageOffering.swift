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
    /// Then it closes the weeks whose pages have all been due.
    func offer(
        _ record: inout KeptConsent, segments: [IndexedSegment], now: Milliseconds, _ report: inout Syncer.SyncReport
    ) async throws {
        try plan(&record, segments: segments, now: now)
        let waiting = try vault.directory.offeredPages().filter {
            $0.pseudonym == record.pseudonym && record.pages[$0.id]?.isPublished == false
        }
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
        let weeks = Dictionary(grouping: published, by: { $0.day.monday })
        for monday in Set(weeks.keys).union(closing(record, now: now)).sorted() {
            let lines = weeks[monday] ?? []
            for start in stride(from: 0, to: max(lines.count, 1), by: PageIndex.maximumLines) {
                let end = min(start + PageIndex.maximumLines, lines.count)
                let part = Array(lines[start..<end])
                let isClosed = end == lines.count && isDue(monday, record, now: now)
                report.objects += try await publish(part, monday: monday, isClosed: isClosed, record: &record)
                report.pages += part.map(\.page)
            }
        }
    }

    /// Whether the week has ended and its review window has passed. Closed at its end, a week would lack the pages
    /// whose window is still open, and nobody could tell.
    private func isDue(_ monday: Day, _ record: KeptConsent, now: Milliseconds) -> Bool {
        monday.start + 7 * millisecondsPerDay + record.window <= now
    }

    /// The weeks to close: from the one after the last closed one, or from the scope's first.
    private func closing(_ record: KeptConsent, now: Milliseconds) -> [Day] {
        guard let mark = state.consents[record.consent]?.mark, isLinked(record) else { return [] }
        let first = IndexChain.first(of: record.scope, consented: Day(of: mark.time))
        let next = record.written.closed.map { $0 + 7 } ?? first
        let last = min(record.scope.until, Day(of: now))
        guard next <= last else { return [] }
        return stride(from: next, through: last, by: 7).filter { isDue($0, record, now: now) }
    }

    func isLinked(_ record: KeptConsent) -> Bool { state.linksIndices(of: record.consent) }

    /// What a reader of the week's indices must know.
    func week(_ monday: Day, _ record: KeptConsent) -> IndexWeek {
        IndexWeek(
            consent: record.consent, pseudonym: record.pseudonym,
            scopeCommitment: record.scope.commitment(salt: Scope.salt(root: keys.root)), monday: monday,
            isLinked: isLinked(record))
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
        let laptops = try vault.laptops()
        var notes: [OfferedPage] = []
        for page in pages {
            let id = PageID.random()
            let object = Hash256(of: Random.bytes(32))
            let key = key(record, x(record, id, kind: page.kind, app: page.app, day: page.day))
            for segment in page.segments { _ = try record.number(of: laptops[segment.device] ?? segment.device) }
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
        let laptops = try vault.laptops()
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
                        kind: segment.kind, app: segment.app,
                        device: try record.number(of: laptops[segment.device] ?? segment.device),
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

    /// This laptop's number within the consent; nil if its indices are not linked. A new number is stored before it is
    /// used.
    func device(_ record: inout KeptConsent) throws(CofferError) -> UInt16? {
        guard isLinked(record) else { return nil }
        let known = record.devices.count
        let number = try record.number(of: try vault.directory.deviceKey().publicKey)
        if record.devices.count > known { try vault.keep(record) }
        return number
    }

    /// The r-th index of a week, sealed. Its link is the next one of this laptop.
    func index(
        _ lines: [IndexLine], _ week: IndexWeek, r: UInt32, device: UInt16?, isClosed: Bool, record: KeptConsent
    ) throws(CofferError) -> (file: Bytes, link: IndexLink?) {
        let link = try device.map { number throws(CofferError) in
            try record.written.link(.init(monday: week.monday, r: r), device: number, isClosed: isClosed)
        }
        do {
            let index = try PageIndex(
                monday: week.monday, scope: record.scope, salt: Scope.salt(root: keys.root), lines: lines, link: link)
            return (try index.seal(x: week.x, key: key(record, week.x), pseudonym: keys.pseudonym), link)
        } catch { throw CofferError(.bug, "An index cannot be sealed.") }
    }

    /// Lists pages in the week's next index, or closes the week with one that lists none. Each object is written once.
    /// An existing index that says all this is this one, from before a crash; any other is skipped. After pages that come
    /// late, in a week that is closed already, stands one that lists none: so nobody misses only the last one. Returns how
    /// many were written.
    @discardableResult
    func publish(
        _ lines: [IndexLine], monday: Day, isClosed: Bool, record: inout KeptConsent
    ) async throws -> Int {
        let isLate = record.written.isClosed(monday) && !lines.isEmpty
        let week = week(monday, record)
        let key = key(record, week.x)
        let device = try device(&record)
        var r = record.rounds[monday] ?? 0
        var isWritten = false
        while !isWritten {
            let name = PageIndex.objectName(key: key, r: r)
            let (file, link) = try index(lines, week, r: r, device: device, isClosed: isClosed, record: record)
            isWritten = try await lake.put(name, file, onlyIfAbsent: true)
            let there = isWritten ? nil : try await lake.get(name).flatMap { try? week.open($0, r: r, key: key) }
            if let found = isWritten ? link : there?.link, found.device == device {
                record.written.note(found, monday: monday)
            }
            if let there {
                let says = there.link.map { $0.isClosed || !isClosed } ?? true
                if says, Set(lines).isSubset(of: there.lines) { break }
                // Another laptop of the same person made it. It may have taken what was offered here.
                if there.lines.contains(where: { record.pages[$0.page] == nil }) {
                    try vault.directory.markElsewhere(
                        Set(try vault.directory.offeredPages().flatMap { $0.segments.map(\.id) }))
                }
            }
            guard r < UInt32.max else { throw CofferError(.bug, "A week has run out of indices.") }
            if !isWritten { r += 1 }
        }
        record.rounds[monday] = r + 1
        if isClosed { record.written.close(monday) }
        for line in lines { record.pages[line.page]?.isPublished = true }
        try vault.keep(record)
        let more = isLate ? try await publish([], monday: monday, isClosed: true, record: &record) : 0
        return more + (isWritten ? 1 : 0)
    }
}
