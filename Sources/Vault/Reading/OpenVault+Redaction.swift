import Records
package import Sealing

/// Rewrites segments without some of their records.
extension OpenVault {
    /// The result of a redaction.
    package struct Redacted: Sendable {
        package var records = 0
        package var segments: [Hash256] = []
        package var replacements: [Hash256] = []
        package var removed = Removed()
    }

    /// Removes every record within the times. The rest becomes a new segment under the keyholder's key, with the old
    /// arrival time. The old segment is removed, and every page that holds it is erased.
    package func redact(_ segments: [IndexedSegment], since: Milliseconds, until: Milliseconds) throws(CofferError)
        -> Redacted
    {
        var result = Redacted()
        for segment in segments {
            let all = try records(of: segment)
            let kept = all.filter { $0.time < since || $0.time > until }
            if kept.count == all.count { continue }
            let rest = try seal(
                try Self.rekeyed(kept, of: all, kind: segment.kind), kind: segment.kind, app: segment.app,
                arrived: segment.arrived)
            result.records += all.count - kept.count
            result.segments.append(segment.id)
            result.replacements += rest.map(\.segment.id)
            result.removed.add(try directory.replace(segment.id, with: rest))
        }
        return result
    }

    /// Screens after a gap begin with a key frame of what was visible then, without what was visible only in the gap.
    private static func rekeyed(_ kept: [Record], of all: [Record], kind: Kind) throws(CofferError) -> [Record] {
        guard kind == .screen else { return kept }
        let keep = Set(kept.map(\.time))
        var decoder = TileDecoder()
        var encoder = TileEncoder()
        var out: [Record] = []
        do {
            for record in all {
                guard let tiles = record.tiles else { continue }
                let frame = try decoder.decode(try TileSet(parsing: record.json, compressed: tiles))
                guard keep.contains(record.time) else {
                    encoder.startSegment()
                    continue
                }
                if let set = try encoder.encode(frame) {
                    out.append(Record(time: record.time, object: set.object, tiles: set.compressed))
                }
            }
        } catch {
            throw CofferError(.tampering, "A segment's screen records cannot be decoded.")
        }
        return out
    }
}
