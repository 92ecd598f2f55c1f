import Files
package import Sealing

/// The note of an offered page, stored in clear: its erase, signed in advance, its object and its segments (Design,
/// "Deleting"). With it `rm` works while the vault is locked. A copy of the laptop reveals the employee's pseudonyms by
/// it, and nothing else.
package struct OfferedPage: Sendable, Equatable {
    package let id: PageID
    package let pseudonym: VerifyingKey
    /// The page's object in the lake.
    package let object: Hash256
    package let segments: [OfferedSegment]
    /// Whether the names of the bodies are this page's own. In pages of earlier versions, others may list them, too: of
    /// this vault, or of another laptop of the same person, which this one cannot know.
    package let ownsBodies: Bool
    /// A signed `erase` of only this page.
    package let erase: Bytes

    /// A segment in the page and its body's object in the lake.
    package struct OfferedSegment: Sendable, Equatable {
        package let id: Hash256
        package let object: Hash256

        package init(id: Hash256, object: Hash256) {
            self.id = id
            self.object = object
        }
    }

    private static let schema = "coffer.offered.v2"
    private static let sharedSchema = "coffer.offered.v1"

    /// The size limit of a note's file in bytes.
    static let maximumCount = 4 << 20

    var encoded: Bytes {
        CanonicalJSON.object([
            .init("schema", .string(ownsBodies ? Self.schema : Self.sharedSchema)), .init("page", .bytes(id.bytes)),
            .init("pseudonym", .string(pseudonym.hex)), .init("object", .hex(object)),
            .init(
                "segments",
                .array(segments.map { .object([.init("id", .hex($0.id)), .init("object", .hex($0.object))]) })),
            .init("erase", .bytes(erase)),
        ]).encoded
    }

    package init(
        id: PageID, pseudonym: VerifyingKey, object: Hash256, segments: [OfferedSegment], ownsBodies: Bool,
        erase: Bytes
    ) {
        self.id = id
        self.pseudonym = pseudonym
        self.object = object
        self.segments = segments
        self.ownsBodies = ownsBodies
        self.erase = erase
    }

    init(parsing bytes: Bytes) throws(FormatError) {
        var members = try CanonicalObject(parsing: bytes)
        let schema = try members.string("schema")
        guard schema == Self.schema || schema == Self.sharedSchema else { throw .notCanonical }
        ownsBodies = schema == Self.schema
        id = try members.pageID("page")
        pseudonym = try members.key("pseudonym")
        object = try members.hash("object")
        segments = try members.objects("segments", atMost: 4096) { segment throws(FormatError) in
            OfferedSegment(id: try segment.hash("id"), object: try segment.hash("object"))
        }
        erase = try members.bytes("erase")
        try members.finish()
    }
}

extension OfferedPage {
    /// The objects in the lake that are this page's alone.
    package var ownObjects: [Hash256] { [object] + (ownsBodies ? segments.map(\.object) : []) }

    /// What leaves the lake when the page is erased because of these segments.
    func objects(erasing gone: Set<Hash256>) -> [Hash256] {
        ownsBodies ? ownObjects : [object] + segments.filter { gone.contains($0.id) }.map(\.object)
    }
}

extension VaultDirectory {
    fileprivate func file(_ page: PageID) -> String { "\(path)/pages/\(Hex.encode(page.bytes))" }

    /// All pages that are offered or about to be. A page whose note is damaged is missing here; the next `sync` takes
    /// it back.
    package func offeredPages() throws(CofferError) -> [OfferedPage] {
        try readAll(.pages, atMost: OfferedPage.maximumCount) { try OfferedPage(parsing: $1) }
    }

    package func keep(_ page: OfferedPage) throws(CofferError) {
        try DurableFile.write(page.encoded, to: file(page.id))
    }
    package func forget(_ page: PageID) throws(CofferError) { try DurableFile.remove(file(page)) }
}

extension VaultDirectory {
    /// Whether the page is still offered, so that no removal erased it.
    package func isOffered(_ page: PageID) throws(CofferError) -> Bool { DurableFile.exists(file(page)) }
}
