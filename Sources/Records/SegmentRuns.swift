package import Sealing

/// Cuts records into runs that one segment can take. A record that fits no segment is left out.
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
