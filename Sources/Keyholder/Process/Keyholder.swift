/// Keyholder: everything that needs the employee's keys, and the employee's dealings with ledger, brokers and lake.
///
/// `Keyholder` is the process that `unlock` starts, behind a `KeyholderServer`; commands reach it by a
/// `KeyholderClient`. `Syncer` does one round of work: `SubKeyDepositor` deposits sub-keys, `PageOffering` makes pages,
/// `StopSender` delivers stops, all through `LedgerAccess`. `Restorer` gets everything back after a lost laptop.
///
/// The module imports `Vault`, `Client`, `S3`, `Replica` and what is below them; the agent and jobs cannot reach it.
/// The process never has the seed, keeps its keys in locked memory, and answers only its own user. Every step of a
/// sync is durable before the next.

package import Files
import Glibc
import Rules
package import Sealing
import Synchronization
package import Vault

/// The process that `unlock` starts: it reads, reviews, deletes and makes pages until its time ends or `lock` ends it
/// (Design, "Who is who").
///
/// It holds the sealing key, the index key and the keys of live consents, never the seed. They end with the process.
package final class Keyholder: Sendable {
    let vault: OpenVault
    let programme: LedgerAccess
    /// When the unlocked time ends.
    let deadline: Milliseconds
    private let memory: MemoryHold
    private let consents: Mutex<[VerifyingKey: ConsentKeys]>
    private let alarms = Mutex<[OpenVault.Alarm]>([])
    /// The UTC day of the last batch of pages that it made by itself.
    private let lastBatch = Mutex<Day?>(nil)

    package init(
        _ vault: OpenVault, consents: [ConsentKeys], programme: LedgerAccess, deadline: Milliseconds,
        memory: MemoryHold = .partly
    ) {
        self.vault = vault
        self.programme = programme
        self.deadline = deadline
        self.memory = memory
        self.consents = Mutex(
            Dictionary(consents.map { ($0.pseudonym.publicKey, $0) }) { first, _ in first })
    }

    func add(_ keys: ConsentKeys) { consents.withLock { $0[keys.pseudonym.publicKey] = keys } }

    /// `lake` takes the place of the charter's for this once.
    private func syncer(lake: String? = nil) -> Syncer {
        Syncer(
            vault, consents: consents.withLock { Array($0.values) },
            programme: lake.map(programme.naming) ?? programme)
    }

    func sync(offering: Bool, isAsked: Bool = false, lake: String? = nil) async throws -> Syncer.SyncReport {
        let report = try await syncer(lake: lake).sync(offering: offering, isAsked: isAsked)
        alarms.withLock { $0 = report.refreshed.alarms }
        if offering { lastBatch.withLock { $0 = Day(of: programme.now()) } }
        return report
    }

    /// Runs every minute: adopts, indexes and sends what waits; once a day it makes the batch of pages.
    package func run() async throws {
        while !isOver {
            let today = Day(of: programme.now())
            // A failure is tried again in a minute, and `status` and `doctor` show it.
            _ = try? await sync(offering: lastBatch.withLock { $0 != today })
            let left = deadline - programme.now()
            try await Task.sleep(for: Duration(min(60_000, left + 1)))
        }
    }

    /// Whether the unlocked time is over. Then nothing is answered any more, whatever still runs.
    var isOver: Bool { programme.now() >= deadline }

    /// Forgets the keys of consents. Those of the vault go with the process.
    func forget() { consents.withLock { $0 = [:] } }

    /// Answers one request. Items are sent as they come; the returned object or thrown error ends the answer.
    func answer(_ request: CanonicalJSON, item: @Sendable (CanonicalJSON) throws -> Void) async throws -> CanonicalJSON
    {
        guard !isOver else { throw CofferError(.locked, "The vault is locked.", hint: "Run `coffer unlock`.") }
        switch request["op"]?.asString {
        case "status": return try status()
        case "ls": return try list(try selector(request), item)
        case "show": return try show(try selector(request), tiles: request["tiles"]?.asBoolean ?? false, item)
        case "rm": return try remove(try selector(request))
        case "erase": return try erase(try selector(request))
        case "redact": return try redact(try selector(request))
        case "sync":
            return try await sync(offering: true, isAsked: true, lake: request["lake"]?.asString).json
        case "lake":
            let lacking = try await syncer(lake: request["lake"]?.asString).lacking()
            return .object([
                .init("pages", .integer(UInt64(lacking.pages))), .init("indices", .integer(UInt64(lacking.indices))),
            ])
        case "consents": return try list(consents: item)
        default: throw CofferError(.usage, "The keyholder does not know this request.")
        }
    }

    private func selector(_ request: CanonicalJSON) throws -> Selector { try Selector(request["selector"]) }

    private func refreshed() throws -> OpenVault.Refreshed {
        let found = try vault.refresh(now: programme.now())
        alarms.withLock { $0 = found.alarms }
        return found
    }

    private func selected(_ selector: Selector) throws -> [IndexedSegment] {
        try selector.select(from: try refreshed().segments)
    }

    private func status() throws -> CanonicalJSON {
        let found = try refreshed()
        let held = consents.withLock { Set($0.keys) }
        let records = try vault.consents()
        return .object([
            .init("pid", .integer(UInt64(getpid()))), .init("until", .milliseconds(deadline)),
            .init("memory", .string(memory.rawValue)),
            .init("segments", .integer(UInt64(found.segments.count))),
            .init("records", .integer(found.segments.reduce(0) { $0 + UInt64($1.count) })),
            .init("first", .milliseconds(found.segments.map(\.from).min() ?? 0)),
            .init("last", .milliseconds(found.segments.map(\.until).max() ?? 0)),
            .init("adopted", .integer(UInt64(found.adopted))),
            .init(
                "alarms",
                .array(
                    found.alarms.map {
                        .object([.init("reason", .string($0.reason.rawValue)), .init("name", .string($0.name))])
                    })),
            .init("withoutKeys", .integer(UInt64(records.filter { !held.contains($0.pseudonym) }.count))),
        ])
    }

    private func list(_ selector: Selector, _ item: (CanonicalJSON) throws -> Void) throws -> CanonicalJSON {
        let found = try refreshed()
        let alarmed = Set(found.alarms.map(\.name))
        let offered = Dictionary(grouping: try vault.directory.offeredPages().flatMap { $0.segments.map(\.id) }) { $0 }
        let withheld = try vault.directory.withheld()
        let segments = try selector.select(from: found.segments)
        for segment in segments {
            try item(
                segment.json(
                    offered: offered[segment.id]?.count ?? 0, isAlarming: alarmed.contains(segment.id.hex),
                    isWithheld: withheld.contains(segment.id)))
        }
        return .object([.init("segments", .integer(UInt64(segments.count)))])
    }

    private func show(_ selector: Selector, tiles: Bool, _ item: (CanonicalJSON) throws -> Void) throws -> CanonicalJSON
    {
        var count: UInt64 = 0
        var damaged: [Hash256] = []
        for segment in try selected(selector) {
            let records: [Record]
            do throws(CofferError) { records = try vault.records(of: segment) } catch {
                guard error.code == .tampering else { throw error }
                damaged.append(segment.id)
                continue
            }
            for record in records where selector.covers(from: record.time, until: record.time) {
                count += 1
                try item(
                    .object(
                        [
                            .init("segment", .hex(segment.id)), .init("kind", .string(segment.kind.rawValue)),
                            .init("app", .string(segment.app.string)), .init("time", .milliseconds(record.time)),
                            .init("record", try record.object),
                        ] + (tiles ? record.tiles.map { [.init("tiles", .bytes($0))] } ?? [] : [])))
            }
        }
        if let first = damaged.first {
            let others = damaged.count > 1 ? " and \(damaged.count - 1) more are" : " is"
            throw CofferError(
                .tampering, "Segment \(first.prefix8)\(others) damaged; everything else is shown.",
                hint: "Run `coffer doctor`.")
        }
        return .object([.init("records", .integer(count))])
    }

    private func remove(_ selector: Selector) throws -> CanonicalJSON {
        try selector.requireSomething()
        let found = try located(selector, in: try refreshed())
        var removed = try vault.directory.remove(found.segments, journals: found.journals)
        removed.unknown = found.unknown
        return removed.json(redacted: nil)
    }

    private func erase(_ selector: Selector) throws -> CanonicalJSON {
        let found = try located(selector, in: try refreshed())
        var withheld = try vault.directory.withhold(found.segments)
        withheld.unknown = found.unknown
        return withheld.json(redacted: nil)
    }

    /// What a stop means. Segments are selected by their labels. Open journals, and segments that are damaged, are
    /// selected by what a locked vault knows of them, too.
    private func located(_ selector: Selector, in found: OpenVault.Refreshed) throws -> VaultDirectory.Located {
        let damaged = Self.damaged(found)
        var located = VaultDirectory.Located(
            segments: try selector.select(from: found.segments, damaged: damaged).map(\.id))
        var rough = selector
        rough.apps = []
        rough.kinds = []
        let unlabelled = try vault.directory.locate(rough)
        let overlapping = unlabelled.segments.filter(damaged.contains)
        located.unknown = unlabelled.unknown.filter(damaged.contains)
        if selector.needsLabels {
            located.unknown += overlapping
        } else {
            located.segments += overlapping
            located.journals = unlabelled.journals
        }
        return located
    }

    private static func damaged(_ found: OpenVault.Refreshed) -> [Hash256] {
        found.alarms.filter { $0.reason == .damaged }.compactMap { try? Hash256(hex: $0.name) }
    }

    private func redact(_ selector: Selector) throws -> CanonicalJSON {
        guard selector.since != nil || selector.until != nil else {
            throw CofferError(.usage, "Name the times to redact.", hint: "--last 5m, or --since and --until.")
        }
        let found = try refreshed()
        let damaged = Self.damaged(found)
        let located = try located(selector, in: found)
        let result = try vault.redact(
            try selector.select(from: found.segments, damaged: damaged),
            among: try Selector(apps: selector.apps, kinds: selector.kinds).select(from: found.segments),
            since: selector.since ?? 0, until: selector.until ?? .max)
        var removed = result.removed
        // What does not open cannot be rewritten.
        removed.unknown = located.unknown + located.segments.filter(damaged.contains)
        return removed.json(redacted: result)
    }

    private func list(consents item: (CanonicalJSON) throws -> Void) throws -> CanonicalJSON {
        let held = consents.withLock { Set($0.keys) }
        let records = try vault.consents()
        for record in records { try item(record.json(hasKeys: held.contains(record.pseudonym))) }
        return .object([.init("consents", .integer(UInt64(records.count)))])
    }
}
