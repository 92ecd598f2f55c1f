package import Sealing

/// Splits records into runs that each fit into one segment. Leaves out a record that is too large for any segment.
package enum SegmentRuns {
    package static func split(_ records: [Record]) -> [[Record]] {
        var runs: [[Record]] = []
        var span: SegmentSpan?
        for record in records where record.encodedCount <= SegmentSpan.maximumRecordBytes {
            if let next = span?.extended(to: record.time, bytes: record.encodedCount) {
                span = next
                runs[runs.count - 1].append(record)
            } else {
                span = SegmentSpan(first: record.time, bytes: record.encodedCount)
                runs.append([record])
            }
        }
        return runs
    }
}
