import Sealing

/// Fetches and opens the bodies that pages list. Throws `.tryLater` if the lake lacks one, `body.hash` if it differs.
struct BodyReader: Sendable {
    let bodies: BodiesAhead

    func records(of item: PageItem, page: OpenedPage) async throws(CofferError) -> [TimedRecord] {
        let place = page.place(item.object)
        guard let body = try await bodies.body(item.object, at: place) else {
            throw CofferError(.tryLater, "The lake lacks a body that a page lists.", rule: "body.missing").at(place)
        }
        let entry = item.entry
        guard Hash256(of: body) == entry.bodyHash,
            let records = try? SegmentOpening.records(body: body, kind: entry.kind, key: item.contentKey),
            records.count == Int(entry.count), records.map(\.time).min() == entry.from,
            records.map(\.time).max() == entry.until
        else {
            throw CofferError(.tampering, "A body in the lake does not match its page.", rule: "body.hash").at(place)
        }
        let source = SegmentSource(
            kind: entry.kind, app: entry.app, page: page.line.page, body: entry.bodyHash, release: page.release)
        return records.enumerated().map { TimedRecord(record: $1, source: source, index: $0) }
    }
}
