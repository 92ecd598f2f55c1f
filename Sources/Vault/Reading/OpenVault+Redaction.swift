import Records
package import Sealing

/// Rewrites segments without the information of a time.
extension OpenVault {
    /// The result of a redaction.
    package struct Redacted: Sendable {
        package var records = 0
        /// How many frames were blackened where they showed something of the time.
        package var frames = 0
        package var segments: [Hash256] = []
        package var replacements: [Hash256] = []
        package var removed = Removed()
        /// What the newest frame of an app still shows of the time.
        package var shown: [AppName: [Area]] = [:]
        /// Apps whose newest title says what was typed in the time.
        package var titled: Set<AppName> = []

        /// A rectangle of the screen, in pixels.
        package struct Area: Hashable, Sendable {
            package let x: Int
            package let y: Int
            package let width: Int
            package let height: Int
        }
    }

    /// Removes every record within the times, and every imported step of which a part lies within them; in later
    /// segments `among` all, what refers to the times: releases of what was pressed, and frames, which become black where
    /// they still show it. The rest becomes a new segment under the keyholder's key, with the old arrival time. The old
    /// segment is removed, and every page that holds it is erased.
    ///
    /// What shows what is to go is replaced last: the latest segments first, and keys, with which titles are compared,
    /// after all others. So when this is interrupted and done again, it finds what is left.
    package func redact(
        _ segments: [IndexedSegment], among all: [IndexedSegment] = [], since: Milliseconds, until: Milliseconds
    ) throws(CofferError) -> Redacted {
        var result = Redacted()
        let named = Set(segments.map(\.id))
        let all = Set(segments + all).sorted { ($0.from, $0.until, $0.id) < ($1.from, $1.until, $1.id) }
        for app in Set(segments.map(\.app)).sorted() {
            let own = all.filter { $0.app == app }
            let goesOn = own.contains { $0.until > until }
            var typed = ""
            var changes: [(segment: IndexedSegment, rest: Redaction.Rest)] = []
            // Keys first: titles are compared with what was typed.
            for kind in [Kind.keys] + Kind.allCases.filter({ $0 != .keys }) {
                var redaction = Redaction(since: since, until: until, kind: kind, typed: typed, goesOn: goesOn)
                for segment in own.filter({ $0.kind == kind }).drop(while: { !reaches($0, own, since) }) {
                    if redaction.isOver(before: segment) { break }
                    let rest = try redaction.rest(of: try records(of: segment), isNamed: named.contains(segment.id))
                    if rest.isChanged { changes.append((segment, rest)) }
                }
                typed += redaction.typedNow
                if let shown = redaction.shown {
                    result.shown[app] = shown.areas.map {
                        Redacted.Area(x: $0.x, y: $0.y, width: $0.width, height: $0.height)
                    }
                }
                if redaction.saysIt { result.titled.insert(app) }
            }
            while let change = changes.popLast() { try replace(change.segment, by: change.rest, &result) }
        }
        return result
    }

    /// Whether a segment lasts into the time, or is the last of its kind before it: that one shows what was before.
    private func reaches(_ segment: IndexedSegment, _ own: [IndexedSegment], _ since: Milliseconds) -> Bool {
        if segment.until >= since { return true }
        guard segment.kind == .screen else { return false }
        return !own.contains { $0.kind == .screen && $0.until < since && $0.from > segment.from }
    }

    private func replace(
        _ segment: IndexedSegment, by rest: Redaction.Rest, _ result: inout Redacted
    ) throws(CofferError) {
        let placed = try seal(rest.records, kind: segment.kind, app: segment.app, arrived: segment.arrived)
        result.records += rest.removed
        result.frames += rest.blackened
        result.segments.append(segment.id)
        result.replacements += placed.map(\.segment.id)
        result.removed.add(try directory.replace(segment.id, with: placed))
    }
}
