package import Sealing

/// Which segments a command means: those that have something within the times, of the apps and kinds; or ids.
package struct Selector: Sendable, Equatable {
    /// Hex prefixes of segment ids, four digits at least.
    package var ids: [String]
    package var since: Milliseconds?
    package var until: Milliseconds?
    package var apps: [String]
    package var kinds: [Kind]

    package init(
        ids: [String] = [], since: Milliseconds? = nil, until: Milliseconds? = nil, apps: [String] = [],
        kinds: [Kind] = []
    ) {
        self.ids = ids
        self.since = since
        self.until = until
        self.apps = apps
        self.kinds = kinds
    }

    /// Names nothing in particular: everything, for whoever may list; refused for whoever would delete.
    package var isEmpty: Bool { ids.isEmpty && since == nil && until == nil && apps.isEmpty && kinds.isEmpty }

    /// Needs more than file times and ids tell, and so the keyholder.
    package var needsLabels: Bool { !apps.isEmpty || !kinds.isEmpty }

    /// Whether something from one moment to another touches the times.
    package func covers(from: Milliseconds, until end: Milliseconds) -> Bool {
        end >= (since ?? 0) && from <= (until ?? .max)
    }

    package func select(from all: some Sequence<IndexedSegment>) throws(CofferError) -> [IndexedSegment] {
        let all = Array(all)
        let named = ids.isEmpty ? nil : try resolve(all.map(\.id))
        return all.filter { segment in
            named?.contains(segment.id) ?? true && covers(from: segment.from, until: segment.until)
                && (apps.isEmpty || apps.contains(segment.app.string))
                && (kinds.isEmpty || kinds.contains(segment.kind))
        }.sorted { ($0.from, $0.kind, $0.app, $0.id) < ($1.from, $1.kind, $1.app, $1.id) }
    }

    /// The ids that the prefixes name: each exactly one.
    package func resolve(_ known: [Hash256]) throws(CofferError) -> Set<Hash256> {
        var found: Set<Hash256> = []
        for prefix in ids {
            guard prefix.utf8.count >= 4, prefix.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
            else {
                throw CofferError(
                    .usage, "A segment is named by at least four hex digits of its id.", hint: "`coffer ls` shows them."
                )
            }
            let matches = known.filter { $0.hex.hasPrefix(prefix) }
            guard let match = matches.first else {
                throw CofferError(.notFound, "There is no segment \(prefix).", hint: "`coffer ls` shows what there is.")
            }
            guard matches.count == 1 else {
                throw CofferError(.usage, "\(matches.count) segments begin with \(prefix).", hint: "Give more digits.")
            }
            found.insert(match)
        }
        return found
    }
}
