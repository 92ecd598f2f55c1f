package import Crypto

/// One page in an index.
package struct IndexLine: Hashable, Sendable {
    package let page: PageID
    package let kind: Kind
    package let app: AppName
    package let day: Day
    /// The page's name in the lake.
    package let object: Hash256

    package init(page: PageID, kind: Kind, app: AppName, day: Day, object: Hash256) {
        self.page = page
        self.kind = kind
        self.app = app
        self.day = day
        self.object = object
    }
}

/// One week's pages of one consent, and the opening of its scope (Design, "The index").
///
///     link ‖ lp(scope JSON) ‖ scope salt 32 ‖
///     u32 n ‖ n × (pageID 16 ‖ lp(kind) ‖ lp(app) ‖ u32 day ‖ object name 32) ‖ signature ‖ zeros to Padmé
///
/// The link stands in the indices of consents from rules version 3 on; see `IndexLink`.
/// Lines ascend by page id; n is at most 4,096; all are in the scope and in the index's week. The index's x is computed
/// from page id zero, kind `index`, an empty app and the week's Monday.
package struct PageIndex: Hashable, Sendable {
    package static let kind = "index"
    package static let maximumLines = 4_096

    package let monday: Day
    package let scope: Scope
    package let salt: Hash256
    package let lines: [IndexLine]
    /// Nil under a consent before rules version 3.
    package let link: IndexLink?

    /// The lines may come in any order.
    package init(
        monday: Day, scope: Scope, salt: Hash256, lines: some Sequence<IndexLine>, link: IndexLink?
    ) throws(FormatError) {
        self.monday = monday
        self.scope = scope
        self.salt = salt
        self.lines = lines.sorted { $0.page < $1.page }
        self.link = link
        try check()
    }

    package static func x(consent: Hash256, monday: Day) -> Hash256 {
        ReplicatedPRF.x(consent: consent, page: .zero, kind: kind, app: "", day: monday)
    }

    /// The r-th object's name in the lake: SHA-256(D("index-name") ‖ F_c(x) ‖ u32 r).
    package static func objectName(key: SymmetricKey, r: UInt32) -> Hash256 {
        var hasher = SHA256()
        hasher.update(data: D("index-name"))
        unsafe key.withBytes { unsafe hasher.update(bufferPointer: $0) }
        hasher.update(data: Bytes(bigEndian: r))
        return Hash256(hasher.finalize())
    }

    package func seal(x: Hash256, key: SymmetricKey, pseudonym: SigningKey) throws(SealingError) -> Bytes {
        try seal(x: x, key: key, pseudonym: pseudonym, salt: Random.bytes(ChunkedEncryption.saltCount))
    }

    /// Seals with a given salt, for tests with known answers only.
    package func seal(
        x: Hash256, key: SymmetricKey, pseudonym: SigningKey, salt chunkSalt: Bytes
    ) throws(SealingError) -> Bytes {
        var writer = ByteWriter()
        link?.append(to: &writer)
        writer.lp(scope.json.encoded)
        writer.append(salt)
        writer.u32(UInt32(lines.count))
        for line in lines {
            writer.append(line.page.bytes)
            writer.lp(line.kind.rawValue)
            writer.lp(line.app.string)
            writer.u32(line.day)
            writer.append(line.object)
        }
        return try SignedBody.seal(writer.bytes, x: x, key: key, pseudonym: pseudonym, salt: chunkSalt)
    }

    /// Checks the signature, the week, the order, and that the scope matches the consent's commitment. `isLinked` is
    /// whether the consent's indices have links; the file cannot say so itself.
    package static func open(
        _ file: Bytes, x: Hash256, key: SymmetricKey, pseudonym: VerifyingKey, monday: Day, scopeCommitment: Hash256,
        isLinked: Bool
    ) throws(SealingError) -> PageIndex {
        let index = try SignedBody.open(file, x: x, key: key, pseudonym: pseudonym) { reader throws(FormatError) in
            let link = isLinked ? try IndexLink(&reader) : nil
            let scope = try Scope(try CanonicalJSON(parsing: try reader.lp()))
            let salt = try reader.hash()
            let count = Int(try reader.u32())
            guard count <= maximumLines else { throw .outOfBounds }
            var lines: [IndexLine] = []
            for _ in 0..<count {
                let page = try PageID(try reader.take(PageID.count))
                let kind = try Kind(try reader.lp())
                let app = try AppName(try reader.lp())
                let day = try reader.u32()
                lines.append(IndexLine(page: page, kind: kind, app: app, day: day, object: try reader.hash()))
            }
            let index = try PageIndex(monday: monday, scope: scope, salt: salt, lines: lines, link: link)
            guard index.lines == lines else { throw .notCanonical }
            return index
        }
        guard index.scope.commitment(salt: index.salt) == scopeCommitment else { throw .notAuthentic }
        return index
    }

    private func check() throws(FormatError) {
        guard lines.count <= Self.maximumLines, monday.monday == monday else { throw .outOfBounds }
        for line in lines {
            guard line.page.monday == nil, line.day.monday == monday, scope.allows(line.kind, line.app, line.day) else {
                throw .notCanonical
            }
        }
        for (a, b) in zip(lines, lines.dropFirst()) { guard a.page < b.page else { throw .notCanonical } }
    }
}
