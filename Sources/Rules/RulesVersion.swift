package import Sealing

/// The versions of the rules that this program knows. A charter or an amendment names one, and an entry is decided by
/// the one of the terms in force at it, so that an old log replays to the same state for ever.
///
/// A rule that begins with a version asks `LedgerState.rules` or `CharterTerms.rules`, as in `rules >= .two`. The page
/// Statements, "Versions of the rules", lists what each version changed.
package enum RulesVersion: UInt64, CaseIterable, Comparable, Sendable {
    case one = 1
    case two = 2
    case three = 3
    case four = 4

    /// The version of new charters and amendments.
    package static let newest = RulesVersion.four

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// As terms name it.
    package var number: SaturatingUInt64 { SaturatingUInt64(rawValue: rawValue) }
}

extension CharterTerms {
    /// The version of the rules that these terms name; nil for one that this program does not know.
    package var rules: RulesVersion? { RulesVersion(rawValue: version.rawValue) }
}

extension LedgerState {
    /// The version of the rules that decides the next entry, unless that entry brings other terms into force.
    var rules: RulesVersion { charter?.terms.rules ?? .one }

    /// The version of the rules that decided an entry, unless that entry brought other terms into force.
    package func rules(at entry: LogPosition) -> RulesVersion {
        charters.last { $0.mark.index < entry.index && $0.since <= entry.time }?.terms.rules ?? .one
    }

    /// Whether the indices of a consent are linked (the page PageIndex, "The link"): from version 3 on. The log says
    /// so, never the lake.
    package func linksIndices(of consent: Hash256) -> Bool {
        consents[consent].map { rules(at: $0.mark) >= .three } ?? false
    }
}
