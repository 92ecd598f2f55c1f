import Lake
import Sealing

/// An opened body: its records, and where they came from.
struct OpenedBody: Sendable {
    let source: SegmentSource
    let records: [Record]
    /// The sealed bytes that it had.
    let count: Int
}

/// Fetches and opens the bodies that pages list. Throws `.tryLater` if the lake lacks one or has only its beginning,
/// `body.hash` if it differs.
struct BodyReader: Sendable {
    let lake: any Lake

    func open(_ item: PageItem, of page: OpenedPage) async throws(CofferError) -> OpenedBody {
        let place = page.place(item.object)
        guard let body = try await lake.get(item.object, at: place) else {
            throw CofferError(.tryLater, "The lake lacks a body that a page lists.", rule: "body.missing").at(place)
        }
        let entry = item.entry
        guard Hash256(of: body) == entry.bodyHash,
            let records = try? SegmentOpening.records(body: body, kind: entry.kind, key: item.contentKey),
            records.count == Int(entry.count), records.map(\.time).min() == entry.from,
            records.map(\.time).max() == entry.until
        else {
            guard !SegmentOpening.isCut(body: body, key: item.contentKey) else { throw .cutObject.at(place) }
            throw CofferError(.tampering, "A body in the lake does not match its page.", rule: "body.hash").at(place)
        }
        let source = SegmentSource(
            kind: entry.kind, app: entry.app, page: page.line.page, body: entry.bodyHash, release: page.release)
        return OpenedBody(source: source, records: records, count: body.count)
    }
}
