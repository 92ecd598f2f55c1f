/// Job: opens the pages that a grant allows and turns them into training samples.
///
/// `Epoch` is the entry point: it plans the ids, gets releases logged through a `JobLedger`, asks brokers through
/// `BrokerAsking`, opens pages and bodies from a `Lake`, and writes samples in a `SampleFormat`. `StateView` says what
/// is live and what ended it. `Sampler` joins records to steps; `TarStream` and `HeldOutput` write them.
///
/// The module imports `Client`, `Replica`, `Lake` and `Records` and what is below them; it cannot reach `Keyholder`. It
/// writes samples only to a `ByteSink` and opens no file for them. A stream that fails, or whose consents end while it
/// is open, has no trailer, so no reader takes it for complete.

package import Lake
package import Sealing

/// A stream of samples under one grant: it opens the index weeks, then the pages, then checks the ledger again
/// (Design, "A release, step by step").
package struct Epoch: Sendable {
    /// How many releases are requested ahead of the one being consumed.
    static let releasesAhead = 3
    /// How many asks of one release are sent ahead.
    static let asksAhead = 2

    private let ledger: any JobLedger
    private let lake: any Lake
    private let panels: BrokerQuorums
    private let job: SigningKey
    private let shard: Shard
    private let selection: Selection
    private let pictures: Pictures
    private let talk: @Sendable (String) -> Void

    /// `talk` receives sentences for a person; none contains recorded content.
    package init(
        ledger: any JobLedger, brokers: any BrokerAsking, lake: any Lake, job: SigningKey, shard: Shard = .whole,
        selection: Selection = .all, pictures: Pictures = .png,
        talk: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.ledger = ledger
        self.lake = lake
        self.panels = BrokerQuorums(brokers: brokers, talk: talk)
        self.job = job
        self.shard = shard
        self.selection = selection
        self.pictures = pictures
        self.talk = talk
    }

    /// What was opened.
    package struct Summary: Hashable, Sendable {
        package var consents = 0
        package var releases = 0
        package var pages = 0
        package var samples = 0
        /// The weeks whose pages may be incomplete.
        package var open = OpenWeeks()
    }

    /// Writes every sample and then the end of the stream, or throws and writes no end. An error says whose page it
    /// was, by pseudonym and by the name in the samples. `keep` gets the manifest when nothing is left but the stream's
    /// end.
    package func open(
        grant hash: Hash256, as format: any SampleFormat,
        keeping keep: (Manifest) throws(CofferError) -> Void = { _ throws(CofferError) in }
    ) async throws(CofferError) -> Summary {
        do { return try await stream(grant: hash, as: format, keeping: keep) } catch {
            var error = error
            if let place = error.place {
                error.place?.subject = Subjects(job: job, grant: hash).subject(place.pseudonym)
            }
            throw error
        }
    }

    private func stream(
        grant hash: Hash256, as format: any SampleFormat, keeping keep: (Manifest) throws(CofferError) -> Void
    ) async throws(CofferError) -> Summary {
        let view = try await ledger.follow()
        let granted = try view.liveGrant(hash)
        guard granted.job == job.publicKey else { throw .grantOfAnotherJob("release.job", entry: granted.entry) }
        let grant = try selection.narrowing(granted)
        try format.begin(pictures(under: grant))
        let consents = try view.liveConsents(to: grant.purpose)
        guard !consents.isEmpty else {
            let missing = CofferError(
                .refused, "Nobody consents to the grant's purpose now.", rule: "consent.missing", entry: grant.entry)
            throw view.lastEnding(to: grant.purpose) ?? missing
        }
        var summary = Summary()
        var opened = Opened()
        var manifest = Manifest(grant, shard: shard)
        do throws(CofferError) {
            let pages = try await pages(of: consents, grant, view, &opened, &manifest, &summary)
            try await stream(pages, grant, view, as: format, &opened, &manifest, &summary)
        } catch {
            // An ended consent or a forked ledger explains the failure better than its symptom does.
            guard error.code != .no else { throw error }
            do throws(CofferError) { try opened.check(in: try await ledger.follow(), grant: hash) } catch let later {
                guard later.code == .tryLater else { throw later }
            }
            throw error
        }
        let last = try await ledger.follow()
        try opened.check(in: last, grant: hash)
        (manifest.origin, manifest.tree) = (last.origin, last.tree)
        manifest.written = try format.close()
        try keep(manifest)
        try format.finish(manifest)
        return summary
    }

    /// Samples have pictures only where the stream takes screens.
    private func pictures(under grant: GrantTerms) -> Pictures { grant.kinds.contains(.screen) ? pictures : .none }

    /// What the stream has used so far. All of it must still be allowed at the end.
    private struct Opened {
        var consents: [ConsentTerms] = []
        var pages: [(consent: Hash256, page: PageID, place: LakePlace)] = []

        func check(in view: any LedgerView, grant: Hash256) throws(CofferError) {
            _ = try view.liveGrant(grant)
            for consent in consents {
                if let ending = view.ending(of: consent.hash) { throw ending.at(LakePlace(consent.pseudonym)) }
            }
            if let page = pages.first(where: { view.isErased($0.page, consent: $0.consent) }) {
                throw CofferError(.refused, "A page was erased while the stream was open.", rule: "page.erased")
                    .at(page.place)
            }
        }
    }

    /// Releases and opens the index weeks. Returns the listed pages that the grant covers and that are not erased.
    private func pages(
        of consents: [ConsentTerms], _ grant: GrantTerms, _ view: any LedgerView, _ opened: inout Opened,
        _ manifest: inout Manifest, _ summary: inout Summary
    ) async throws(CofferError) -> [(consent: ConsentTerms, line: IndexLine)] {
        let mondays = GrantTerms.weeks(of: grant.days, begunBy: Day(of: view.now))
        let plan = EpochPlan(weeks: mondays, of: consents)
        try Self.afford(UInt64(plan.count), of: view.idsLeft(under: grant.hash), grant)
        let releases = releases(plan, grant, view)
        opened.consents = consents
        let subjects = Subjects(job: job, grant: grant.hash)
        summary.consents = consents.count
        var found: [Hash256: [Day: WeekIndices]] = [:]
        var pages: [(consent: ConsentTerms, line: IndexLine)] = []
        var seen: Set<PageID> = []
        while let (batch, release) = try await releases.next() {
            summary.releases += 1
            manifest.releases.append(release.entry)
            let asks = Lookahead(batch.asks, depth: Self.asksAhead) { ask throws(CofferError) in
                try await release.indices(of: ask)
            }
            while let weeks = try await asks.next() {
                for week in weeks {
                    let consent = week.consent
                    found[consent.hash, default: [:]][week.monday] = week.indices
                    for line in week.indices.indices.flatMap(\.lines)
                    where grant.allows(line) && seen.insert(line.page).inserted { pages.append((consent, line)) }
                }
            }
            await release.close()
        }
        let count = found.values.joined().count { !$0.value.indices.isEmpty }
        talk("\(consents.count) consents, \(count) of their \(plan.count) weeks have an index")
        for consent in consents {
            let weeks = try summary.open.add(consent, found[consent.hash] ?? [:], weeks: mondays)
            manifest.people[consent.hash] = .init(subject: subjects.subject(consent.pseudonym), weeks: weeks)
        }
        if let sentence = summary.open.sentence { talk(sentence) }
        guard count > 0 else {
            // A missing lake, or a group whose brokers all lie, must not look like an empty epoch.
            throw CofferError(
                .tryLater, "None of \(consents.count) consents has pages in any week of the grant.",
                rule: "index.missing", hint: "Check that pages are published, and that this is the lake they are in.")
        }
        if shard != .whole {
            let plan = try await ShardPlan(pages, count: shard.count, lake: lake)
            pages.removeAll { !plan.holds(consent: $0.consent.hash, day: $0.line.day, in: shard) }
            manifest.plan = plan.hash
            if pages.isEmpty { talk("share \(shard.index) of \(shard.count) has no pages: there are too few days") }
        }
        for (consent, line) in pages where view.isErased(line.page, consent: consent.hash) {
            let subject = subjects.subject(consent.pseudonym)
            manifest.leftOut.append(.init(subject: subject, line: line, rule: "page.erased"))
        }
        pages.removeAll { view.isErased($0.line.page, consent: $0.consent.hash) }
        let left = view.idsLeft(under: grant.hash)
        try Self.afford(UInt64(pages.count), of: left - min(left, UInt64(plan.count)), grant)
        return pages
    }

    /// Throws `release.budget` unless all ids fit today's budget: half an epoch is useless, and its ids would be spent.
    private static func afford(_ count: UInt64, of left: UInt64, _ grant: GrantTerms) throws(CofferError) {
        guard count > left else { return }
        throw CofferError(
            .refused, "The stream needs \(count) ids, and \(left) are left of today's budget.",
            rule: "release.budget", entry: grant.entry, hint: "Open it in shards on several days, or ask for more.")
    }

    /// Releases and opens the pages, and emits a person's day as soon as all its pages are open.
    private func stream(
        _ pages: [(consent: ConsentTerms, line: IndexLine)], _ grant: GrantTerms, _ view: any LedgerView,
        as format: any SampleFormat, _ opened: inout Opened, _ manifest: inout Manifest, _ summary: inout Summary
    ) async throws(CofferError) {
        let plan = EpochPlan(pages: pages)
        talk("\(plan.count) pages in \(plan.batches.count) releases")
        let releases = releases(plan, grant, view)
        let ahead = BodiesAhead(lake: lake)
        let days = DayReader(
            stream: .init(origin: view.origin, grant: grant.entry, purpose: grant.purpose),
            subjects: Subjects(job: job, grant: grant.hash), bodies: BodyReader(bodies: ahead),
            pictures: pictures(under: grant))
        var had: Set<Hash256> = []
        var day: [OpenedPage] = []
        // Counted apart, for `emit` must not use the parameters.
        var counted = manifest
        func emit(_ sample: Sample) throws(CofferError) {
            let isOwn = try format.write(sample)
            if isOwn, let page = day.first { counted.addSample(of: page.consent.hash, day: page.line.day) }
        }
        while let (batch, release) = try await releases.next() {
            summary.releases += 1
            counted.releases.append(release.entry)
            let asks = Lookahead(batch.asks, depth: Self.asksAhead) { ask throws(CofferError) in
                try await release.pages(ask)
            }
            while let answered = try await asks.next() {
                opened.pages += answered.map { ($0.consent.hash, $0.line.page, $0.place()) }
                for page in answered { counted.add(page) }
                ahead.expect(answered)
                for page in answered.sorted(by: OpenedPage.isConsumedBefore) {
                    if let last = day.last, last.consent.hash != page.consent.hash || last.line.day != page.line.day {
                        try await days.read(day, had: &had, emit: emit)
                        ahead.forget(day)
                        day = []
                    }
                    day.append(page)
                }
            }
            await release.close()
        }
        try await days.read(day, had: &had, emit: emit)
        manifest = counted
        (summary.pages, summary.samples) = (manifest.pages, manifest.samples)
    }

    private func releases(
        _ plan: EpochPlan, _ grant: GrantTerms, _ view: any LedgerView
    ) -> Lookahead<EpochPlan.Batch, (EpochPlan.Batch, OpenRelease)> {
        let origin = view.origin
        return Lookahead(plan.batches, depth: Self.releasesAhead) { [ledger, lake, panels] batch throws(CofferError) in
            let recipient: SealingPrivateKey
            do { recipient = try SealingPrivateKey() } catch {
                throw CofferError(.bug, "No recipient key could be made.")
            }
            let logged = try await ledger.release(batch.parts, under: grant.hash, to: recipient.publicKey)
            let release = OpenRelease(
                origin: origin, hash: logged.hash, entry: logged.entry, recipient: recipient, panels: panels,
                lake: lake)
            return (batch, release)
        }
    }
}

extension OpenedPage {
    fileprivate static func isConsumedBefore(_ a: Self, _ b: Self) -> Bool {
        (a.consent.hash, a.line.day, a.line.page) < (b.consent.hash, b.line.day, b.line.page)
    }
}
