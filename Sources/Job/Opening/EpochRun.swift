import Rules
import Sealing

/// One stream of an epoch on its way: what it has asked for, opened and gone on without.
struct EpochRun {
    let epoch: Epoch
    let secret: EpochSecret
    let grant: GrantTerms
    let view: any LedgerView
    let subjects: Subjects
    let consents: [ConsentTerms]
    private let checkpoints: Checkpoints?
    /// What this epoch has asked for before.
    private let logged: LoggedReleases
    /// Whose days were written by streams before, and whose consent has ended since.
    private var past: [ConsentTerms] = []
    /// How many ids the index weeks have cost.
    private var spent: UInt64 = 0
    /// The pages that were opened. All of them must still be allowed at the end.
    var opened: [(consent: ConsentTerms, line: IndexLine)] = []
    var manifest: Manifest
    var summary = Epoch.Summary()

    var dropped: Dropped { epoch.dropped }
    /// Samples have pictures only where the stream takes screens.
    var pictures: Pictures { grant.kinds.contains(.screen) ? epoch.pictures : .none }

    init(_ epoch: Epoch, grant hash: Hash256, _ checkpoints: Checkpoints?) async throws(CofferError) {
        self.epoch = epoch
        self.checkpoints = checkpoints
        view = try await epoch.ledger.follow()
        let granted = try view.liveGrant(hash)
        guard granted.job == epoch.job.publicKey else {
            throw .grantOfAnotherJob("release.job", entry: granted.entry)
        }
        grant = try epoch.selection.narrowing(granted)
        let dropped = epoch.dropped
        consents = try view.liveConsents(to: grant.purpose).filter { !dropped.lacks($0.hash) }
        guard !consents.isEmpty else { throw Self.nobody(view, grant) }
        if let shared = epoch.secret { secret = shared } else { secret = try EpochSecret() }
        logged = try LoggedReleases(of: secret, under: hash, in: view)
        subjects = Subjects(job: epoch.job, grant: hash)
        manifest = Manifest(grant, shard: epoch.shard)
        manifest.before = checkpoints?.before ?? []
        summary.consents = consents.count
    }

    /// Why there is nobody whose pages could be opened.
    private static func nobody(_ view: any LedgerView, _ grant: GrantTerms) -> CofferError {
        view.lastEnding(to: grant.purpose)
            ?? CofferError(
                .refused, "Nobody consents to the grant's purpose now.", rule: "consent.missing", entry: grant.entry)
    }

    /// Throws why nobody is left, if so.
    private func requireSomebody(in view: any LedgerView) throws(CofferError) {
        guard !consents.contains(where: { !dropped.lacks($0.hash) }) else { return }
        throw dropped.inOrder.last?.error ?? Self.nobody(view, grant)
    }

    /// Releases and opens the index weeks. Returns the listed pages that the grant covers and that are not erased.
    mutating func openWeeks() async throws(CofferError) -> [(consent: ConsentTerms, line: IndexLine)] {
        let mondays = GrantTerms.weeks(of: grant.days, begunBy: Day(of: view.now))
        let plan = EpochPlan(weeks: mondays, of: consents, logged)
        spent = UInt64(plan.cost)
        try afford(spent, of: view.idsLeft(under: grant.hash))
        let releases = releases(plan)
        var found: [Hash256: [Day: WeekIndices]] = [:]
        while let next = try await releases.next() {
            guard let (batch, release) = next else { continue }
            summary.releases += 1
            manifest.use(release.entry)
            let asks = Lookahead(batch.asks, depth: Epoch.asksAhead) { ask throws(CofferError) in
                try await release.indices(of: ask)
            }
            while let weeks = try await asks.next() {
                for week in weeks { found[week.consent.hash, default: [:]][week.monday] = week.indices }
            }
            await release.close()
        }
        let count = found.values.joined().count { !$0.value.indices.isEmpty }
        epoch.talk("\(consents.count) consents, \(count) of their \(plan.count) weeks have an index")
        for consent in consents where !dropped.lacks(consent.hash) {
            do throws(CofferError) {
                let weeks = try summary.open.add(consent, found[consent.hash] ?? [:], weeks: mondays)
                manifest.people[consent.hash] = .init(subject: subjects.subject(consent.pseudonym), weeks: weeks)
            } catch {
                try await dropped.leave(error, of: consent, epoch.ledger, grant: grant.hash)
            }
        }
        try requireSomebody(in: view)
        if let sentence = summary.open.sentence { epoch.talk(sentence) }
        guard count > 0 else {
            // A missing lake, or a group whose brokers all lie, must not look like an empty epoch.
            throw CofferError(
                .tryLater, "None of \(consents.count) consents has pages in any week of the grant.",
                rule: "index.missing", hint: "Check that pages are published, and that this is the lake they are in.")
        }
        return try await listed(found)
    }

    /// The pages that the indices list, this share takes, and no stream before has written. Those that are erased are
    /// left out.
    private mutating func listed(
        _ found: [Hash256: [Day: WeekIndices]]
    ) async throws(CofferError) -> [(consent: ConsentTerms, line: IndexLine)] {
        let done = resumed()
        var listed: [(consent: ConsentTerms, line: IndexLine)] = []
        var seen: Set<PageID> = []
        for consent in consents where !dropped.lacks(consent.hash) {
            let weeks = (found[consent.hash] ?? [:]).sorted { $0.key < $1.key }
            for line in weeks.flatMap({ $0.value.indices.flatMap(\.lines) })
            where grant.allows(line) && seen.insert(line.page).inserted { listed.append((consent, line)) }
        }
        let shard = epoch.shard
        if shard != .whole {
            let plan = try await ShardPlan(listed, count: shard.count, lake: epoch.lake)
            listed.removeAll {
                done[$0.consent.hash]?[$0.line.day] == nil
                    && !plan.holds(consent: $0.consent.hash, day: $0.line.day, in: shard)
            }
            manifest.plan = plan.hash
            if listed.isEmpty {
                epoch.talk("share \(shard.index) of \(shard.count) has no pages: there are too few days")
            }
        }
        var pages: [(consent: ConsentTerms, line: IndexLine)] = []
        for (consent, line) in listed {
            if let day = done[consent.hash]?[line.day] {
                if day.contains(line.page) {
                    opened.append((consent, line))
                } else {
                    manifest.leaveOut(consent, line, rule: "checkpoint.later", subjects)
                }
            } else if view.isErased(line.page, consent: consent.hash) {
                manifest.leaveOut(consent, line, rule: "page.erased", subjects)
            } else {
                pages.append((consent, line))
            }
        }
        // What has ended since it was written ends the stream before anything is asked for.
        try dropped.look(at: view, past, opened)
        return pages
    }

    /// Counts what the streams before have written. Returns their pages by person and day.
    private mutating func resumed() -> [Hash256: [Day: Set<PageID>]] {
        guard let checkpoints else { return [:] }
        var pages: [Hash256: [Day: Set<PageID>]] = [:]
        for done in checkpoints.done {
            pages[done.consent, default: [:]][done.day] = Set(done.pages)
            for release in done.releases { manifest.use(release) }
            if !consents.contains(where: { $0.hash == done.consent }), manifest.people[done.consent] == nil {
                past.append(
                    ConsentTerms(
                        hash: done.consent, pseudonym: done.pseudonym, scope: .zero, groups: [], day: 0,
                        isLinked: false))
            }
            manifest.add(done, subjects)
        }
        return pages
    }

    /// Throws `release.budget` unless all ids fit today's budget: half an epoch is useless, and its ids would be spent.
    func afford(_ count: UInt64, of left: UInt64) throws(CofferError) {
        guard count > left else { return }
        throw CofferError(
            .refused, "The stream needs \(count) more ids, and \(left) are left of today's budget.",
            rule: "release.budget", entry: grant.entry, hint: "Open it in shards on several days, or ask for more.")
    }

    /// Releases and opens the pages, and emits a person's day as soon as all its pages are open.
    mutating func openPages(
        _ pages: [(consent: ConsentTerms, line: IndexLine)], as format: any SampleFormat
    ) async throws(CofferError) {
        let plan = EpochPlan(pages: pages, logged)
        let left = view.idsLeft(under: grant.hash)
        try afford(UInt64(plan.cost), of: left - min(left, spent))
        epoch.talk("\(plan.count) pages in \(plan.batches.count) releases")
        let releases = releases(plan)
        let ahead = BodiesAhead(lake: epoch.lake)
        let days = DayReader(
            stream: .init(origin: view.origin, grant: grant.entry, purpose: grant.purpose),
            subjects: subjects, bodies: ahead, pictures: pictures)
        var had: Set<Hash256> = []
        var day: [OpenedPage] = []
        // Counted apart, for `emit` must not use this value.
        let (dropped, checkpoints) = (dropped, checkpoints)
        var counted = manifest
        func emit(_ sample: Sample) throws(CofferError) {
            let isOwn = try format.write(sample)
            if isOwn, let page = day.first { counted.addSample(of: page.consent.hash, day: page.line.day) }
            try checkpoints?.flush()
        }
        func endDay() async throws(CofferError) {
            guard let consent = day.first?.consent else { return }
            do throws(CofferError) {
                if !dropped.lacks(consent.hash) {
                    try await days.read(day, had: &had, emit: emit)
                    try format.flush()
                    try checkpoints?.note(day, counted, format.written)
                }
            } catch {
                try await dropped.leave(error, of: consent, epoch.ledger, grant: grant.hash)
            }
            ahead.forget(day)
            day = []
        }
        while let next = try await releases.next() {
            guard let (batch, release) = next else { continue }
            summary.releases += 1
            counted.use(release.entry)
            let asks = Lookahead(batch.asks, depth: Epoch.asksAhead) { ask throws(CofferError) in
                try await release.pages(ask)
            }
            while let answered = try await asks.next() {
                opened += answered.map { ($0.consent, $0.line) }
                for page in answered { counted.add(page) }
                ahead.expect(answered)
                for page in answered.sorted(by: OpenedPage.isConsumedBefore) {
                    if let last = day.last, last.consent.hash != page.consent.hash || last.line.day != page.line.day {
                        try await endDay()
                    }
                    day.append(page)
                }
            }
            await release.close()
        }
        try await endDay()
        manifest = counted
        (summary.pages, summary.samples) = (manifest.pages, manifest.samples)
    }

    /// Each batch with its release; nil for a batch of which nothing is left.
    private func releases(_ plan: EpochPlan) -> Lookahead<EpochPlan.Batch, (EpochPlan.Batch, OpenRelease)?> {
        let (epoch, secret, origin, grant) = (epoch, secret, view.origin, grant.hash)
        return Lookahead(plan.batches, depth: Epoch.releasesAhead) { batch throws(CofferError) in
            var batch = batch
            func open(_ hash: Hash256, _ entry: UInt64, _ recipient: SealingPrivateKey) -> OpenRelease {
                OpenRelease(
                    origin: origin, grant: grant, hash: hash, entry: entry, recipient: recipient, panels: epoch.panels,
                    ledger: epoch.ledger, lake: epoch.lake, dropped: epoch.dropped)
            }
            while let left = batch.without(epoch.dropped) {
                batch = left
                if let own = batch.logged { return (batch, open(own.logged.hash, own.logged.entry, own.recipient)) }
                let parts = batch.parts
                let id = secret.id(of: parts, under: grant, of: origin)
                let recipient = try secret.recipient(of: id, under: grant, of: origin)
                do throws(CofferError) {
                    let logged = try await epoch.ledger.release(
                        parts, id: id, under: grant, to: recipient.publicKey)
                    return (batch, open(logged.hash, logged.entry, recipient))
                } catch {
                    try await epoch.dropped.leave(error, asked: batch.targets, epoch.ledger, grant: grant)
                }
            }
            return nil
        }
    }

    // MARK: The last look

    /// An ended consent or a forked ledger explains a failure better than its symptom does.
    func explained(_ symptom: CofferError) async -> CofferError {
        guard symptom.code != .no else { return symptom }
        do throws(CofferError) { _ = try await look() } catch {
            if error.code != .tryLater { return error }
        }
        return symptom
    }

    /// Follows the ledger once more. Throws what ended meanwhile, unless the stream goes on without it.
    private func look() async throws(CofferError) -> any LedgerView {
        let last = try await epoch.ledger.follow()
        _ = try last.liveGrant(grant.hash)
        let left = dropped.inOrder.compactMap { reason in reason.line.map { (reason.consent, $0) } }
        try dropped.look(at: last, consents + past, opened + left)
        return last
    }

    /// The manifest after a last look at the ledger, by which nothing had ended but what it names.
    func checked() async throws(CofferError) -> Manifest {
        let last = try await look()
        try dropped.requireLogged()
        try requireSomebody(in: last)
        let reasons = dropped.inOrder
        var manifest = manifest
        (manifest.origin, manifest.tree) = (last.origin, last.tree)
        let pages = Set(opened.map(\.line.page))
        for reason in reasons { manifest.drop(reason, opened: pages, subjects) }
        let erased = manifest.erased
        if !erased.isEmpty { manifest.name(try await epoch.ledger.erasures(of: erased)) }
        return manifest
    }
}

extension OpenedPage {
    fileprivate static func isConsumedBefore(_ a: Self, _ b: Self) -> Bool {
        (a.consent.hash, a.line.day, a.line.page) < (b.consent.hash, b.line.day, b.line.page)
    }
}
