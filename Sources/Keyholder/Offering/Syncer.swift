import Ledger
import Replica
import Rules
package import Sealing
package import Vault

/// One run of `sync`: adopt, index, send stops, log consents, deposit, make due pages, upload (Design, "Pages").
///
/// Every step is durable before the next and can be repeated, so the next sync finishes what a crash interrupted.
package struct Syncer: Sendable {
    let vault: OpenVault
    /// By pseudonym.
    let keys: [VerifyingKey: ConsentKeys]
    let programme: LedgerAccess

    package init(_ vault: OpenVault, consents: [ConsentKeys], programme: LedgerAccess) {
        self.vault = vault
        self.programme = programme
        keys = Dictionary(consents.map { ($0.pseudonym.publicKey, $0) }) { first, _ in first }
    }

    /// The result of a sync.
    package struct SyncReport: Sendable {
        package var refreshed: OpenVault.Refreshed
        package var receipts = 0
        package var pages: [PageID] = []
        package var objects = 0
        /// Objects that published pages list and the lake had lost.
        package var putBack = 0
        /// Segments that are withheld now because another laptop erased a page of them.
        package var withheld = 0
        package var stops = 0
        /// Why work remains.
        package var pending: [CofferError] = []
    }

    /// With `offering` false no pages are made: the lake should see one batch per person and day.
    /// `isAsked` is true when the person ran it.
    ///
    /// Stops come first, by what is known without the ledger: nothing that it serves, and nothing else in the vault,
    /// may hold them up.
    package func sync(offering: Bool, isAsked: Bool = false) async throws -> SyncReport {
        let known = try? await programme.known()?.state
        let first = await sendStops(known)
        let lock = try await SyncLock.acquire(vault.directory)
        defer { lock.release() }
        var report = SyncReport(refreshed: try vault.refresh(now: programme.now()))
        if let failure = report.refreshed.failure { report.pending.append(failure) }
        report.stops = first.count
        let (newest, failure) = try await programme.newest()
        if let failure { report.pending.append(failure) }
        guard let newest else {
            report.pending += first.failures.values
            return report
        }
        let state = newest.state
        var records = try vault.consents()
        let time = newest.certainTime(now: programme.now())
        for record in records where state.hasEnded(consent: record.consent, at: time) { try clear(record) }
        try obeyOthers(records, state: state, &report)
        // Only a state that was followed just now has every erase that is not in the outbox any more.
        if failure == nil { try takeBackLost(records, state: state) }
        // A state that is ahead of this machine's clock is good for stops only.
        let isTimely = failure?.isOfClocks != true
        if isTimely { try vault.directory.settleOutbox(state) }
        let revoked = try revokedPseudonyms()
        for i in records.indices
        where isTimely && !state.hasEnded(consent: records[i].consent, at: state.clock)
            && !revoked.contains(records[i].pseudonym)
        {
            try await settle(&records[i], state: state, offering: offering, isAsked: isAsked, report: &report)
        }
        // What was sent by the same terms is not sent twice in one run.
        let isNew = known?.charter?.hash != state.charter?.hash
        let second = await sendStops(state, except: isNew ? [] : first.names)
        report.stops += second.count
        let waiting = Set(try vault.directory.outbox().map(\.name))
        report.pending += first.failures.merging(second.failures) { $1 }.filter { waiting.contains($0.key) }.values
        return report
    }

    /// What one attempt at the outbox has done.
    private struct Sent {
        /// The entries that it tried.
        var names: Set<String> = []
        /// How many stops it sent.
        var count = 0
        /// By entry: why something of it is not delivered yet.
        var failures: [String: CofferError] = [:]
    }

    /// Sends what waits in the outbox, by what this state and the vault's revocation cards tell.
    private func sendStops(_ state: LedgerState?, except names: Set<String> = []) async -> Sent {
        var result = Sent()
        let waiting = ((try? vault.directory.outbox()) ?? []).map(\.name).filter { !names.contains($0) }
        guard !waiting.isEmpty else { return result }
        let sender = programme.stops(state, cards: (try? vault.directory.cards()) ?? [])
        for delivery in await sender.flush(vault.directory, only: waiting) {
            result.names.insert(delivery.entry.name)
            result.count += delivery.entry.stops.count
            result.failures[delivery.entry.name] = delivery.failures.first
        }
        return result
    }

    private func settle(
        _ record: inout KeptConsent, state: LedgerState, offering: Bool, isAsked: Bool, report: inout SyncReport
    ) async throws {
        let hash = record.consent
        guard state.consents[hash] != nil else {
            guard OpenVault.isTimely(record, now: programme.now()) else { return }
            do throws(CofferError) { try await programme.log(record, state) } catch { report.pending.append(error) }
            return
        }
        guard let keys = keys[record.pseudonym], let groups = state.rosters[record.roster] else { return }
        let depositing = SubKeyDepositor(programme: programme, keys: keys, groups: groups)
        let before = record.receipts
        let (receipts, failures) = await depositing.deposit(record)
        record.receipts = receipts
        report.receipts += receipts.subtracting(before).count
        report.pending += failures
        if receipts != before { try vault.keep(record) }
        guard offering, depositing.isSufficient(receipts) else { return }
        let offering = try pages(keys, depositing, state)
        do {
            try await offering.offer(&record, segments: report.refreshed.segments, now: programme.now(), &report)
            report.putBack += try await offering.putBack(
                &record, segments: Dictionary(report.refreshed.segments.map { ($0.id, $0) }) { first, _ in first },
                isAsked: isAsked)
        } catch let error as CofferError where error.code == .tryLater {
            report.pending.append(error)
        }
    }

    private func pages(_ keys: ConsentKeys, _ depositing: SubKeyDepositor, _ state: LedgerState) throws -> PageOffering
    {
        PageOffering(
            vault: vault, keys: keys, shapes: depositing.shapes, lake: try programme.lake(state), state: state,
            origin: programme.pin.origin)
    }

    /// Compares the lake with the published pages of live consents, by the state that was followed last. Returns how
    /// many pages and indices lack objects.
    package func lacking() async throws -> (pages: Int, indices: Int) {
        var lacking = (pages: 0, indices: 0)
        guard let state = try await programme.known()?.state else { return lacking }
        for record in try vault.consents() where state.isLive(consent: record.consent) {
            guard let keys = keys[record.pseudonym], let groups = state.rosters[record.roster] else { continue }
            let depositing = SubKeyDepositor(programme: programme, keys: keys, groups: groups)
            let found = try await pages(keys, depositing, state).lacking(record)
            lacking.pages += found.pages.count
            lacking.indices += found.indices.values.reduce(0) { $0 + $1.count }
        }
        return lacking
    }

    /// Queues the deletion of an ended consent's objects from the lake.
    private func clear(_ record: KeptConsent) throws {
        let objects = try vault.directory.ownObjects(of: record.pseudonym)
        guard !objects.isEmpty else { return }
        try vault.directory.keepNew(OutboxEntry(notes: [], objects: objects))
        try vault.directory.forgetPages(of: record.pseudonym)
    }

    /// A page that is offered here and erased in the log was erased by another laptop of the same person. Which of its
    /// segments was meant cannot be known, so all of them are withheld here, and their pages under other consents
    /// erased.
    private func obeyOthers(_ records: [KeptConsent], state: LedgerState, _ report: inout SyncReport) throws {
        let erased = Dictionary(records.map { ($0.pseudonym, state.erased(under: $0.consent)) }) { first, _ in first }
        let offered = try vault.directory.offeredPages()
        let pages = offered.filter { erased[$0.pseudonym]?.contains($0.id) == true }
        guard !pages.isEmpty else { return }
        let segments = Set(pages.flatMap { $0.segments.map(\.id) })
        // The other laptop may have taken everything that was offered from the lake.
        try vault.directory.markElsewhere(Set(offered.flatMap { $0.segments.map(\.id) }))
        _ = try vault.directory.withhold(segments.sorted(), erased: Set(pages.map(\.id)))
        for page in pages { try vault.directory.forget(page.id) }
        report.withheld += segments.count
    }
}
