/// How far a segment may reach: one UTC day, one hour, 8 MiB of encoded records (Design, "Segments").
///
/// The only place that knows these bounds. Capture, adoption and import fill segments by it and stay below the hour;
/// labels and entries are checked by it and may reach the hour itself.
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

    /// A segment that begins with this record.
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

    /// The span with one more record, at any time; nil when they do not fit into one segment.
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

    /// Whether a record at this time belongs to it still. A record does not go back before the last one.
    package func admits(_ time: Milliseconds, bytes more: Int = 0) -> Bool {
        time >= until && extended(to: time, bytes: more) != nil
    }

    package mutating func add(_ time: Milliseconds, bytes more: Int) { self = extended(to: time, bytes: more) ?? self }
}
