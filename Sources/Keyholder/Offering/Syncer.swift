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
        package var stops = 0
        /// Why work remains.
        package var pending: [CofferError] = []
    }

    /// With `offering` false no pages are made: the lake should see one batch per person and day.
    package func sync(offering: Bool) async throws -> SyncReport {
        let lock = try await SyncLock.acquire(vault.directory)
        defer { lock.release() }
        var report = SyncReport(refreshed: try vault.refresh(now: programme.now()))
        let state = try await follow(&report)
        guard let state else { return report }
        try await flush(state, &report)
        var records = try vault.consents()
        for i in records.indices {
            try await settle(&records[i], state: state, offering: offering, report: &report)
        }
        if offering { try dropUnused(state) }
        try await flush(state, &report)
        return report
    }

    /// The ledger's newest state, else the last known one.
    private func follow(_ report: inout SyncReport) async throws -> LedgerState? {
        do throws(CofferError) {
            return try await programme.follow().state
        } catch {
            guard error.code == .tryLater else { throw error }
            report.pending.append(error)
            return try await programme.known()?.state
        }
    }

    private func flush(_ state: LedgerState, _ report: inout SyncReport) async throws {
        for delivery in try await programme.stops(state).flush(vault.directory) {
            report.stops += delivery.entry.stops.count
            if let failure = delivery.failures.first { report.pending.append(failure) }
        }
    }

    private func settle(
        _ record: inout KeptConsent, state: LedgerState, offering: Bool, report: inout SyncReport
    ) async throws {
        let hash = record.consent
        guard state.consents[hash] != nil else {
            guard OpenVault.isTimely(record, now: programme.now()) else { return }
            do throws(CofferError) { _ = try await programme.log(record, state) } catch { report.pending.append(error) }
            return
        }
        if state.hasEnded(consent: hash) { return try clear(record) }
        guard let keys = keys[record.pseudonym], let groups = state.rosters[record.roster] else { return }
        let depositing = SubKeyDepositor(programme: programme, keys: keys, groups: groups)
        let before = record.receipts
        let (receipts, failures) = await depositing.deposit(record)
        record.receipts = receipts
        report.receipts += receipts.subtracting(before).count
        report.pending += failures
        if receipts != before { try vault.keep(record) }
        guard offering, depositing.isSufficient(receipts) else { return }
        let offering = PageOffering(
            vault: vault, keys: keys, shapes: depositing.shapes, lake: try programme.lake(state), state: state,
            origin: programme.pin.origin)
        do {
            try await offering.offer(&record, segments: report.refreshed.segments, now: programme.now(), &report)
        } catch let error as CofferError where error.code == .tryLater {
            report.pending.append(error)
        }
    }

    /// Queues the deletion of an ended consent's objects from the lake.
    private func clear(_ record: KeptConsent) throws {
        let objects = try vault.directory.exclusiveObjects(of: record.pseudonym)
        guard !objects.isEmpty else { return }
        try vault.directory.keepNew(OutboxEntry(notes: [], objects: objects))
        try vault.directory.forgetPages(of: record.pseudonym)
    }

    /// Queues the deletion of bodies that no page holds any more from the lake.
    private func dropUnused(_ state: LedgerState) throws {
        var names = try vault.objectNames()
        let held = Set(try vault.directory.offeredPages().flatMap { $0.segments.map(\.id) })
        let unused = names.bySegment.keys.filter { !held.contains($0) }
        guard !unused.isEmpty else { return }
        try vault.directory.keepNew(OutboxEntry(notes: [], objects: unused.compactMap { names.forget($0) }))
        try vault.keep(names)
    }
}
