import Records
package import Sealing

/// Rewriting segments without some of their records.
extension OpenVault {
    /// What a redaction did.
    package struct Redacted: Sendable {
        package var records = 0
        package var segments: [Hash256] = []
        package var replacements: [Hash256] = []
        package var removed = Removed()
    }

    /// Takes out every record within the times. What is left becomes a new segment by the keyholder's key that
    /// arrived when the old one did; the old one goes, with every page that holds it.
    package func redact(_ segments: [IndexedSegment], since: Milliseconds, until: Milliseconds) throws(CofferError)
        -> Redacted
    {
        var result = Redacted()
        for segment in segments {
            let all = try records(of: segment)
            let kept = all.filter { $0.time < since || $0.time > until }
            if kept.count == all.count { continue }
            let rest = try seal(
                try Self.rekeyed(kept, of: all, kind: segment.kind), kind: segment.kind, app: segment.app
            ).map { placed in
                var placed = placed
                placed.arrived = segment.arrived
                return placed
            }
            result.records += all.count - kept.count
            result.segments.append(segment.id)
            result.replacements += rest.map(\.segment.id)
            result.removed.add(try directory.replace(segment.id, with: rest))
        }
        return result
    }

    /// Screens after a gap begin with a key frame: what was visible then, and nothing that was only visible in the gap.
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
