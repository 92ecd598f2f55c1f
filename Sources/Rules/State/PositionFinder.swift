import Sealing

/// Finds positions in a release, counted through its consents in order. Ascending look-ups continue from the last
/// consent instead of the first.
struct PositionFinder: Sendable {
    private let parts: [Release.Part]
    /// The consent of the last look-up, and the position of its first id.
    private var part = 0
    private var first = 0

    init(_ release: Release) { parts = release.consents }

    /// The index of the release's consent and the id at a position; nil beyond the end.
    mutating func find(_ position: Int) -> (part: Int, id: PageID)? {
        guard position >= 0 else { return nil }
        if position < first { (part, first) = (0, 0) }
        while part < parts.count {
            let ids = parts[part].ids
            if position - first < ids.count { return (part, ids[position - first]) }
            first += ids.count
            part += 1
        }
        return nil
    }
}
