package import Crypto

/// A segment as a page lists it: its label without device key and signature (Design, "Pages").
///
///     entry = lp(kind) ‖ lp(app) ‖ u16 device ‖ u64 from ‖ u64 until ‖ u32 count ‖ SHA-256 of the body
package struct PageEntry: Hashable, Sendable {
    package let kind: Kind
    package let app: AppName
    /// The device's number within the consent.
    package let device: UInt16
    package let from: Milliseconds
    package let until: Milliseconds
    package let count: UInt32
    /// SHA-256 of the segment's sealed body.
    package let bodyHash: Hash256

    package init(
        kind: Kind, app: AppName, device: UInt16, from: Milliseconds, until: Milliseconds, count: UInt32,
        bodyHash: Hash256
    ) {
        self.kind = kind
        self.app = app
        self.device = device
        self.from = from
        self.until = until
        self.count = count
        self.bodyHash = bodyHash
    }

    package init(_ label: SegmentLabel, device: UInt16) {
        self.init(
            kind: label.kind, app: label.app, device: device, from: label.from, until: label.until, count: label.count,
            bodyHash: label.bodyHash)
    }

    package init(parsing bytes: Bytes) throws(FormatError) {
        var reader = ByteReader(bytes)
        self.kind = try Kind(try reader.lp())
        self.app = try AppName(try reader.lp())
        self.device = try reader.u16()
        self.from = try reader.milliseconds()
        self.until = try reader.milliseconds()
        self.count = try reader.u32()
        self.bodyHash = try reader.hash()
        try reader.finish()
        guard SegmentSpan.isAllowed(from: from, until: until), count > 0 else { throw .outOfBounds }
    }

    package var encoded: Bytes {
        var writer = ByteWriter()
        writer.lp(kind.rawValue)
        writer.lp(app.string)
        writer.u16(device)
        writer.milliseconds(from)
        writer.milliseconds(until)
        writer.u32(count)
        writer.append(bodyHash)
        return writer.bytes
    }

    package var day: Day { Day(of: from) }

    /// The order of entries in a page.
    package static func precedes(_ a: Self, _ b: Self) -> Bool { (a.from, a.bodyHash) < (b.from, b.bodyHash) }
}

/// A segment as a page discloses it: its entry, the key that opens its body, and the body's name in the lake.
package struct PageItem: Sendable {
    package let entry: PageEntry
    package let contentKey: SymmetricKey
    package let object: Hash256

    package init(entry: PageEntry, contentKey: SymmetricKey, object: Hash256) {
        self.entry = entry
        self.contentKey = contentKey
        self.object = object
    }
}
