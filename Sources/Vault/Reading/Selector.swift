package import Sealing

/// Which segments a command means: by time, apps and kinds, or by ids.
package struct Selector: Sendable, Equatable {
    /// Hex prefixes of segment ids, at least four digits each.
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

    /// Whether no criterion is set. Listing takes this as everything; removal refuses it.
    package var isEmpty: Bool { ids.isEmpty && since == nil && until == nil && apps.isEmpty && kinds.isEmpty }

    package var hasTimes: Bool { since != nil || until != nil }

    /// Removal refuses an empty selection.
    package func requireSomething() throws(CofferError) {
        guard isEmpty else { return }
        throw CofferError(
            .usage, "Name what to remove: times, apps, kinds or ids.", hint: "For example: coffer rm --last 5m.")
    }

    /// Whether it selects by labels, which only an open vault can read.
    package var needsLabels: Bool { !apps.isEmpty || !kinds.isEmpty }

    /// Whether a span of time overlaps the selected times.
    package func covers(from: Milliseconds, until end: Milliseconds) -> Bool {
        end >= (since ?? 0) && from <= (until ?? .max)
    }

    /// The selected of these segments. `damaged` are ids that name a segment, too, though it cannot be read.
    package func select(from all: some Sequence<IndexedSegment>, damaged: [Hash256] = []) throws(CofferError)
        -> [IndexedSegment]
    {
        let all = Array(all)
        let named = ids.isEmpty ? nil : try resolve(all.map(\.id) + damaged)
        return all.filter { segment in
            named?.contains(segment.id) ?? true && covers(from: segment.from, until: segment.until)
                && (apps.isEmpty || apps.contains(segment.app.string))
                && (kinds.isEmpty || kinds.contains(segment.kind))
        }.sorted { ($0.from, $0.kind, $0.app, $0.id) < ($1.from, $1.kind, $1.app, $1.id) }
    }

    /// The ids of the prefixes. Each must match exactly one: throws `.notFound` for none, `.usage` for several.
    package func resolve(_ known: [Hash256]) throws(CofferError) -> Set<Hash256> {
        var found: Set<Hash256> = []
        for prefix in ids {
            guard prefix.utf8.count >= 4, prefix.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
            else {
                throw CofferError(
                    .usage, "Name a segment by at least four hex digits of its id.", hint: "`coffer ls` shows them."
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
