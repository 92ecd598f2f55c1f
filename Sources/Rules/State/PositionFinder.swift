import Sealing

/// Finds the positions of a release, counted through its consents in order. Those that ascend are found without
/// starting from the first consent again.
struct PositionFinder: Sendable {
    private let parts: [Release.Part]
    /// The consent that was come to, and the position of its first id.
    private var part = 0
    private var first = 0

    init(_ release: Release) { parts = release.consents }

    /// Which of the release's consents it is under, and its id.
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
