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

    /// Removes every record within the times, and every imported step of which a part lies within them. The rest becomes a new segment under the keyholder's key, with the old
    /// arrival time. The old segment is removed, and every page that holds it is erased.
    package func redact(_ segments: [IndexedSegment], since: Milliseconds, until: Milliseconds) throws(CofferError)
        -> Redacted
    {
        var result = Redacted()
        for segment in segments {
            let all = try records(of: segment)
            let steps = Self.steps(of: all, kind: segment.kind, since: since, until: until)
            let kept = all.enumerated().filter { place, record in
                !steps.contains(place) && (record.time < since || record.time > until)
            }.map(\.element)
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

    /// The places of the steps that last into the times. A step's record holds its whole code and stands before what was
    /// derived from it, so it goes with any part of it. A step lasts until the next one begins.
    private static func steps(of all: [Record], kind: Kind, since: Milliseconds, until: Milliseconds) -> Set<Int> {
        guard let last = all.last?.time else { return [] }
        let places = all.indices.filter { StepContent.isOneStep(all[$0].json, kind: kind) }
        let ends = places.dropFirst().map { all[$0].time } + [last + 1]
        return Set(zip(places, ends).filter { all[$0].time <= until && since < $1 }.map(\.0))
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
