import Sealing

/// Holds samples back until no open step began before them, so that they come out in the order of beginning.
struct SampleQueue: Sendable {
    /// The most that waits, as a count and as bytes of pictures. A sample beyond it ends the steps that it waits for.
    private static let maximumCount = 1024
    private static let maximumPictures = 32 << 20

    struct Entry: Sendable {
        let sample: Sample
        /// The time of the step's last record.
        let last: Milliseconds
        /// Its recording's name; nil for live capture.
        let recording: String?
        /// The order in which steps of one time began.
        let order: Int
    }

    /// Sorted by beginning.
    private var entries: ArraySlice<Entry> = []
    private var pictureBytes = 0

    var isEmpty: Bool { entries.isEmpty }
    var isFull: Bool { entries.count > Self.maximumCount || pictureBytes > Self.maximumPictures }

    mutating func add(_ entry: Entry) {
        var place = entries.endIndex
        while place > entries.startIndex, Self.precedes(entry, entries[place - 1]) { place -= 1 }
        entries.insert(entry, at: place)
        pictureBytes += entry.sample.picture?.expectedCount ?? 0
    }

    /// The next sample that began before this time, or at it and earlier in the order.
    mutating func pop(before bound: (time: Milliseconds, order: Int)?) -> Entry? {
        guard let first = entries.first else { return nil }
        if let bound, (first.sample.time, first.order) >= bound { return nil }
        pictureBytes -= first.sample.picture?.expectedCount ?? 0
        return entries.popFirst()
    }

    private static func precedes(_ a: Entry, _ b: Entry) -> Bool {
        (a.sample.time, a.order) < (b.sample.time, b.order)
    }
}
