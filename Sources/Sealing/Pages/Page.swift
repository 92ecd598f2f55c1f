package import Crypto

/// One day of one app of one kind, under one consent (Design, "Pages").
///
///     u32 n ‖ n × (lp(entry) ‖ content key 32 ‖ object name 32) ‖ signature ‖ zeros to Padmé
///
/// Entries ascend by (from, body hash); n is 1 to 4,096.
package enum Page {
    package static let maximumItems = 4_096

    /// A body's name in the lake, for this page alone: SHA-256(D("body-name") ‖ F_c(x) ‖ SHA-256 of the body file).
    ///
    /// No two pages have an object in common, so that deleting one page's objects takes nothing from a page that another
    /// laptop made.
    package static func bodyName(key: SymmetricKey, bodyHash: Hash256) -> Hash256 {
        var hasher = SHA256()
        hasher.update(data: D("body-name"))
        unsafe key.withBytes { unsafe hasher.update(bufferPointer: $0) }
        hasher.update(data: bodyHash.bytes)
        return Hash256(hasher.finalize())
    }

    /// The items may come in any order; they must be of one kind, app and day.
    package static func seal(
        _ items: [PageItem], x: Hash256, key: SymmetricKey, pseudonym: SigningKey
    ) throws(SealingError) -> Bytes {
        try seal(items, x: x, key: key, pseudonym: pseudonym, salt: Random.bytes(ChunkedEncryption.saltCount))
    }

    /// Seals with a given salt, for tests with known answers only.
    package static func seal(
        _ items: [PageItem], x: Hash256, key: SymmetricKey, pseudonym: SigningKey, salt: Bytes
    ) throws(SealingError) -> Bytes {
        let items = items.sorted { PageEntry.precedes($0.entry, $1.entry) }
        guard let first = items.first?.entry else { throw .malformed(.outOfBounds) }
        try parsing { () throws(FormatError) in try check(items, kind: first.kind, app: first.app, day: first.day) }
        let entries = items.map(\.entry.encoded)
        var content = Bytes()
        content.reserveCapacity(entries.reduce(4) { $0 + 2 + $1.count + 64 })
        defer { wipe(&content) }
        content += Bytes(bigEndian: UInt32(items.count))
        for (item, entry) in zip(items, entries) {
            content += Bytes(bigEndian: UInt16(entry.count))
            content += entry
            item.contentKey.append(to: &content)
            content += item.object.bytes
        }
        return try SignedBody.seal(content, x: x, key: key, pseudonym: pseudonym, salt: salt)
    }

    /// Checks the signature, the order, and that every entry is of the page's kind, app and day.
    package static func open(
        _ file: Bytes, x: Hash256, key: SymmetricKey, pseudonym: VerifyingKey, kind: Kind, app: AppName, day: Day
    ) throws(SealingError) -> [PageItem] {
        try SignedBody.open(file, x: x, key: key, pseudonym: pseudonym) { reader throws(FormatError) in
            let count = Int(try reader.u32())
            guard count <= maximumItems else { throw .outOfBounds }
            var items: [PageItem] = []
            for _ in 0..<count {
                let entry = try PageEntry(parsing: try reader.lp())
                items.append(PageItem(entry: entry, contentKey: try reader.key(), object: try reader.hash()))
            }
            try check(items, kind: kind, app: app, day: day)
            return items
        }
    }

    private static func check(_ items: [PageItem], kind: Kind, app: AppName, day: Day) throws(FormatError) {
        guard (1...maximumItems).contains(items.count) else { throw .outOfBounds }
        for item in items {
            let entry = item.entry
            guard entry.kind == kind, entry.app == app, entry.day == day, item.contentKey.bitCount == 256 else {
                throw .notCanonical
            }
        }
        for (a, b) in zip(items, items.dropFirst()) {
            guard PageEntry.precedes(a.entry, b.entry) else { throw .notCanonical }
        }
    }
}

extension Bytes {
    init(bigEndian value: some FixedWidthInteger) {
        self = stride(from: value.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
