/// The bounds of a segment: one UTC day, one hour, 8 MiB of encoded records (Design, "Segments").
///
/// Only this type knows the bounds. Capture, adoption and import fill segments with it and stay below the hour. Checks
/// of labels and entries allow the full hour.
package struct SegmentSpan: Hashable, Sendable {
    /// One hour.
    package static let maximumDuration: Milliseconds = 3_600_000
    /// 8 MiB of encoded records.
    package static let maximumRecordBytes = 8 << 20

    /// The earliest and the latest record's time.
    package private(set) var from: Milliseconds
    package private(set) var until: Milliseconds
    package private(set) var bytes: Int
    package private(set) var count: Int

    /// The span of a segment that begins with this record.
    package init(first time: Milliseconds, bytes: Int) {
        from = time
        until = time
        self.bytes = bytes
        count = 1
    }

    /// Whether records from one time to another may lie in one segment.
    package static func isAllowed(from: Milliseconds, until: Milliseconds) -> Bool {
        from <= until && until - from <= maximumDuration && Day(of: from) == Day(of: until)
    }

    /// The span with one more record, at any time; nil when that does not fit into one segment.
    package func extended(to time: Milliseconds, bytes more: Int) -> SegmentSpan? {
        var span = self
        span.from = min(from, time)
        span.until = max(until, time)
        span.bytes += more
        span.count += 1
        let fits =
            Self.isAllowed(from: span.from, until: span.until) && span.until - span.from < Self.maximumDuration
            && span.bytes <= Self.maximumRecordBytes && span.count <= Int(UInt32.max)
        return fits ? span : nil
    }

    /// Whether a record at this time still fits. Times do not go back before the last record.
    package func admits(_ time: Milliseconds, bytes more: Int = 0) -> Bool {
        time >= until && extended(to: time, bytes: more) != nil
    }

    package mutating func add(_ time: Milliseconds, bytes more: Int) { self = extended(to: time, bytes: more) ?? self }
}
