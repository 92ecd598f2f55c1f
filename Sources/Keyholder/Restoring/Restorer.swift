import Lake
import Ledger
import Messages
import Replica
package import Rules
package import Sealing
package import Vault

/// Restores everything that was offered after a laptop is lost, from seed, ledger and lake (Design, "Identity").
package struct Restorer: Sendable {
    let vault: OpenVault
    let programme: LedgerAccess

    package init(_ vault: OpenVault, programme: LedgerAccess) {
        self.vault = vault
        self.programme = programme
    }

    /// What was restored.
    package struct Restored: Sendable {
        /// How many of the identity's pseudonyms the ledger knows.
        package var pseudonyms = 0
        package var consents = 0
        package var pages = 0
        package var segments = 0
        package var records = 0
        /// Weeks that lack an index in the lake, and pages or bodies that are missing there or do not open.
        package var missing = 0
    }

    /// Scans pseudonyms until twenty in a row are unknown. For each consent in force it derives the keys, reads the
    /// indices and pages, and stores every body with a label by this device.
    package func restore(_ seed: borrowing IdentitySeed, state: LedgerState) async throws -> Restored {
        var restored = Restored()
        var unknown = 0
        var number: UInt32 = 0
        var bodies: [Hash256: Hash256] = [:]
        let root = seed.consentRoot()
        while unknown < OpenVault.pseudonymGap {
            let pseudonym = seed.pseudonym(number)
            if let known = state.pseudonyms[pseudonym.publicKey] {
                unknown = 0
                restored.pseudonyms += 1
                if let hash = known.consent, let consent = state.consents[hash]?.consent,
                    !state.hasEnded(consent: hash, at: state.clock)
                {
                    let keys = ConsentKeys(
                        root: ReplicatedPRF.consentRoot(root, pseudonym: pseudonym.publicKey), pseudonym: pseudonym)
                    try await restore(
                        consent, hash: hash, number: number, keys: keys, state: state, bodies: &bodies, &restored)
                }
            } else {
                unknown += 1
            }
            number += 1
        }
        return restored
    }

    private func restore(
        _ consent: Consent, hash: Hash256, number: UInt32, keys: ConsentKeys, state: LedgerState,
        bodies: inout [Hash256: Hash256], _ restored: inout Restored
    ) async throws {
        guard let groups = state.rosters[consent.rosterHash], let purpose = state.purposes[consent.purpose]?.purpose
        else {
            return
        }
        let lake = try programme.lake(state)
        let derived = DerivedPages(
            consent: consent, hash: hash, keys: keys,
            shapes: SubKeyDepositor(programme: programme, keys: keys, groups: groups).shapes,
            isLinked: state.linksIndices(of: hash), day: Day(of: state.consents[hash]?.mark.time ?? 0))
        try vault.directory.keep(
            try OpenVault.card(
                keys.pseudonym, purpose: purpose.name, programme: programme,
                roster: StopRoster(hash: consent.rosterHash, groups: groups.map(StopGroup.init))))
        restored.consents += 1
        let (weeks, lacking) = try await derived.weeks(lake, now: programme.now())
        restored.missing += lacking
        // Nothing was offered, so the scope is unknown; a new consent can be given instead.
        guard let scope = weeks.values.lazy.compactMap(\.indices.first).first?.scope else { return }
        var record = KeptConsent(
            pseudonym: consent.pseudonym, number: number, note: [], consent: hash, purpose: consent.purpose,
            purposeName: purpose.name, roster: consent.rosterHash, scope: scope, window: consent.window,
            expires: consent.expires)
        let erased = state.erased(under: hash)
        for (monday, week) in weeks.sorted(by: { $0.key > $1.key }) {
            record.rounds[monday] = UInt32(week.indices.count)
            for link in week.indices.compactMap(\.link) {
                record.firstDevice = max(record.firstDevice, UInt16(clamping: Int(link.device) + 1))
                if link.isClosed { record.written.close(monday) }
            }
            for line in week.indices.flatMap(\.lines) where !erased.contains(line.page) {
                guard let items = try await derived.items(of: line, lake) else {
                    restored.missing += 1
                    continue
                }
                var held: [OfferedPage.OfferedSegment] = []
                for item in items {
                    let first = Int(record.firstDevice)
                    record.firstDevice = UInt16(clamping: max(first, Int(item.entry.device) + 1))
                    if let id = bodies[item.entry.bodyHash] {
                        held.append(.init(id: id, object: item.object))
                        continue
                    }
                    guard let id = try await takeBack(item, lake) else {
                        restored.missing += 1
                        continue
                    }
                    bodies[item.entry.bodyHash] = id
                    held.append(.init(id: id, object: item.object))
                    restored.segments += 1
                    restored.records += Int(item.entry.count)
                }
                record.pages[line.page] = .init(
                    kind: line.kind, app: line.app, day: line.day, object: line.object, isPublished: true)
                let erase = Erase(
                    origin: programme.pin.origin, pseudonym: consent.pseudonym, consent: hash, pages: [line.page])
                try vault.directory.keep(
                    OfferedPage(
                        id: line.page, pseudonym: consent.pseudonym, object: line.object, segments: held,
                        ownsBodies: derived.ownsBodies(line, items),
                        erase: try SignedNote.message(erase.text, by: keys.pseudonym).encoded))
                restored.pages += 1
            }
        }
        try vault.keep(record)
    }

    /// One body with a new label; nil when it does not match its page.
    private func takeBack(_ item: PageItem, _ lake: any Lake) async throws -> Hash256? {
        guard let body = try await lake.get(item.object),
            let segment = try? SealedSegment.restored(
                body: body, entry: item.entry, contentKey: item.contentKey,
                device: try vault.directory.deviceKey(), to: vault.keys.sealing.publicKey),
            let records = try? SegmentOpening.records(body: body, kind: item.entry.kind, key: item.contentKey),
            records.count == Int(item.entry.count)
        else { return nil }
        try vault.directory.store(
            segment, SegmentTimes(from: item.entry.from, until: item.entry.until, arrived: programme.now()))
        // The laptop that recorded it may be in use.
        try vault.directory.markElsewhere([segment.id])
        return segment.id
    }
}
