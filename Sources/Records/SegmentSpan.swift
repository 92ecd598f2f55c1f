package import Sealing

/// How far a segment may reach: one UTC day, one hour, 8 MiB of encoded records (Design, "Segments").
package struct SegmentSpan: Hashable, Sendable {
    /// Times of the first and the last record.
    package let from: Milliseconds
    package private(set) var until: Milliseconds
    package private(set) var bytes: Int
    package private(set) var count: Int

    /// A segment that begins with this record.
    package init(first time: Milliseconds, bytes: Int) {
        from = time
        until = time
        self.bytes = bytes
        count = 1
    }

    /// Whether a record at this time belongs to it still. A record does not go back before the last one.
    package func admits(_ time: Milliseconds) -> Bool {
        time >= until && Day(of: time) == Day(of: from) && time - from < SealedSegment.maximumDuration
    }

    package func admits(_ time: Milliseconds, bytes more: Int) -> Bool {
        admits(time) && bytes + more <= SealedSegment.maximumRecordBytes && count < Int(UInt32.max)
    }

    package mutating func add(_ time: Milliseconds, bytes more: Int) {
        until = time
        bytes += more
        count += 1
    }
}
