import Broker
import Crypto
import Lake
import Rules
import Sealing

/// What opens with stolen stores and stolen storage keys, without any running server.
struct LeakAttempt: Sendable {
    let copy: StoreCopy
    let state: LedgerState
    let lake: DirectoryLake
    let now: Milliseconds

    /// What the thief opened.
    struct Loot: Sendable {
        var subKeys = 0
        var indices = 0
        var pages = 0
        var segments = 0
        /// How many lake objects were tried with keys.
        var tried = 0
        var opened: Int { indices + pages + segments }
    }

    /// Every broker's store, and the storage keys of these brokers.
    func open(storageKeys: Set<String>, room: String) async throws(CofferError) -> Loot {
        var loot = Loot()
        let held = try subKeys(storageKeys, room: room)
        loot.subKeys = held.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.count } }
        for (hash, record) in state.consents.sorted(by: { $0.key < $1.key }) {
            guard let groups = state.rosters[record.consent.rosterHash] else { continue }
            let shapes = groups.shapes
            for monday in mondays {
                let x = PageIndex.x(consent: hash, monday: monday)
                let key = Self.key(held[hash] ?? [:], shapes, consent: hash, x: x)
                try await openIndices(monday, x: x, key: key, hash, record, shapes, held[hash] ?? [:], &loot)
            }
        }
        return loot
    }

    /// The weeks that any grant touches, and the last ten.
    private var mondays: [Day] {
        let today = Day(of: now)
        var days = Set((0..<10).map { today.monday - min(today.monday, 7 * $0) })
        for grant in state.grants.values.map(\.grant) where grant.from <= grant.to {
            days.formUnion(stride(from: grant.from.monday, through: min(grant.to, today), by: 7).prefix(60))
        }
        return days.sorted()
    }

    /// consent → group → mask → k_A
    private typealias FoundSubKeys = [Hash256: [String: [UInt16: SymmetricKey]]]

    /// Tries every store with every stolen storage key: its own opens it, another's should not.
    private func subKeys(_ storageKeys: Set<String>, room: String) throws(CofferError) -> FoundSubKeys {
        let files = SubKeyFiles(copy, room: room)
        var held: FoundSubKeys = [:]
        for group in state.rosters.values.flatMap({ $0 }) {
            for broker in group.brokers {
                for owner in storageKeys.sorted() {
                    let store = try files.store(of: broker.name, storageKeyOf: owner)
                    for consent in store.consents {
                        for subKey in store.subKeys(of: consent) ?? [] {
                            held[consent, default: [:]][group.name, default: [:]][subKey.mask] = subKey.key
                        }
                    }
                }
            }
        }
        return held
    }

    /// F_c(x) from the held sub-keys; correct only if none is missing.
    private static func key(
        _ held: [String: [UInt16: SymmetricKey]], _ shapes: [GroupShape], consent: Hash256, x: Hash256
    ) -> SymmetricKey {
        let partials = shapes.map { shape in
            shape.masks.compactMap { held[shape.name]?[$0].map { ReplicatedPRF.partial(key: $0, x: x) } }
        }
        return ReplicatedPRF.combine(partials, consent: consent, x: x)
    }

    private func openIndices(
        _ monday: Day, x: Hash256, key: SymmetricKey, _ hash: Hash256, _ record: ConsentRecord, _ shapes: [GroupShape],
        _ held: [String: [UInt16: SymmetricKey]], _ loot: inout Loot
    ) async throws(CofferError) {
        // The object of this name, and every object of the lake in case names were known.
        var files = try await all()
        loot.tried += files.count
        var r: UInt32 = 0
        while let file = try await lake.get(PageIndex.objectName(key: key, r: r)) {
            files.insert(file, at: 0)
            r += 1
        }
        var seen: Set<PageID> = []
        for file in files {
            guard
                let index = try? PageIndex.open(
                    file, x: x, key: key, pseudonym: record.consent.pseudonym, monday: monday,
                    scopeCommitment: record.consent.scope, isLinked: state.linksIndices(of: hash))
            else { continue }
            loot.indices += 1
            for line in index.lines where seen.insert(line.page).inserted {
                try await openPage(line, hash, record, shapes, held, &loot)
            }
        }
    }

    private func openPage(
        _ line: IndexLine, _ hash: Hash256, _ record: ConsentRecord, _ shapes: [GroupShape],
        _ held: [String: [UInt16: SymmetricKey]], _ loot: inout Loot
    ) async throws(CofferError) {
        let x = ReplicatedPRF.x(
            consent: hash, page: line.page, kind: line.kind.rawValue, app: line.app.string, day: line.day)
        let key = Self.key(held, shapes, consent: hash, x: x)
        guard let file = try await lake.get(line.object),
            let items = try? Page.open(
                file, x: x, key: key, pseudonym: record.consent.pseudonym, kind: line.kind, app: line.app, day: line.day
            )
        else { return }
        loot.pages += 1
        for item in items {
            guard let body = try await lake.get(item.object), Hash256(of: body) == item.entry.bodyHash,
                (try? SegmentOpening.records(body: body, kind: line.kind, key: item.contentKey)) != nil
            else { continue }
            loot.segments += 1
        }
    }

    private func all() async throws(CofferError) -> [Bytes] {
        var files: [Bytes] = []
        for name in Folders.names(in: lake.path) {
            guard let hash = try? Hash256(hex: name), let file = try await lake.get(hash) else { continue }
            files.append(file)
        }
        return files
    }
}
