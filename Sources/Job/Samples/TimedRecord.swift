package import Sealing

/// Where a record came from. A sample states it.
package struct SegmentSource: Hashable, Sendable {
    package let kind: Kind
    package let app: AppName
    package let page: PageID
    /// SHA-256 of the body.
    package let body: Hash256
    /// The entry of the release that named the page.
    package let release: UInt64

    package init(kind: Kind, app: AppName, page: PageID, body: Hash256, release: UInt64) {
        self.kind = kind
        self.app = app
        self.page = page
        self.body = body
        self.release = release
    }
}

/// An opened record with its place.
package struct TimedRecord: Sendable {
    package let record: Record
    package let source: SegmentSource
    /// Its number in the segment, from zero.
    package let index: Int

    package init(record: Record, source: SegmentSource, index: Int) {
        self.record = record
        self.source = source
        self.index = index
    }
}
