import Sealing

/// What a stream may go on without (Sample, "Going on without"). Otherwise it ends.
package struct DropRules: Hashable, Sendable {
    /// A person whose consent has ended, and a page that has, by the ledger.
    package var ended: Bool
    /// A person of whom something in the lake cannot be read.
    package var unreadable: Bool

    package static let none = DropRules(ended: false, unreadable: false)

    package init(ended: Bool, unreadable: Bool) {
        self.ended = ended
        self.unreadable = unreadable
    }

    /// The endings of a consent. A halt, and the end of a purpose or a grant, end every stream.
    private static let endings: Set = ["revoked", "dismissed", "consent.expired", "consent.ended", "page.erased"]
    private static let faults: Set = [
        "index.missing", "index.open", "page.missing", "page.open", "body.missing", "body.hash", "segment.record",
        "lake.object",
    ]

    /// Whether a stream may go on without what ended so.
    func allowsEnding(_ error: CofferError) -> Bool {
        ended && error.code == .refused && error.rule.map(Self.endings.contains) ?? false
    }

    /// Whether a stream may go on without the person in whose part of the lake this happened.
    func allowsFault(_ error: CofferError) -> Bool {
        guard unreadable, let rule = error.rule, Self.faults.contains(rule), error.place != nil else { return false }
        // With too few answers a page does not open either, and nothing is known about the lake.
        return rule != "page.open" || error.code == .tampering
    }
}
