package import Sealing

/// The card of a data set, as Markdown: what may be shown with a model (Sample, "The card"). It has totals only, for
/// days and names of single people would tell when they worked. Totals below `least` are not given.
package struct DataCard: Sendable {
    static let least = 5

    private let manifest: Manifest

    package init(_ manifest: Manifest) { self.manifest = manifest }

    package var encoded: Bytes { Array(text.utf8) }

    private var text: String {
        let people = manifest.people.values.filter { $0.days.values.contains { $0.samples > 0 } }
        let open = Set(manifest.people.values.flatMap { $0.weeks?.open ?? [] })
        let days = manifest.grant.days
        let rows: [(String, String)] = [
            ("ledger", "\(manifest.origin), \(manifest.tree.size) entries"),
            ("purpose", "sha256:\(manifest.grant.purpose.hex)"),
            ("grant", "entry \(manifest.grant.entry), \(manifest.grant.hash.hex)"),
            ("days", "\(CivilTime(days.lowerBound).date) to \(CivilTime(days.upperBound).date)"),
            ("kinds", manifest.grant.kinds.map(\.rawValue).joined(separator: ", ")),
            ("apps", manifest.grant.apps.map(\.string).joined(separator: ", ")),
            ("share", "\(manifest.shard.index) of \(manifest.shard.count)"),
            ("people", Self.count(people.count)),
            ("pages", Self.count(manifest.pages)),
            ("samples", Self.count(manifest.samples)),
            ("pages left out, erased by their owners", Self.count(manifest.leftOut.count { $0.page != nil })),
            ("people left out", Self.count(manifest.leftOut.count { $0.page == nil })),
            ("weeks in which pages may still come", open.isEmpty ? "none" : "\(open.count)"),
            ("manifest", "sha256:\(manifest.hash.hex)"),
        ]
        return """
            # Data set of grant \(manifest.grant.entry)

            Samples of people who consented, opened by Coffer under a grant that is in a public log. The log shows whose
            pages were opened, by pseudonym, and until when the samples may be kept.

            | | |
            | --- | --- |
            \(rows.map { "| \($0.0) | \($0.1) |" }.joined(separator: "\n"))

            """
    }

    private static func count(_ count: Int) -> String {
        count > 0 && count < least ? "fewer than \(least)" : "\(count)"
    }
}
