import Crypto

/// The PRF's inputs for pages of one consent that share kind, app and day: only their ids differ.
package struct PageInputs: Sendable {
    /// After D("page") ‖ hash(consent).
    private let start: SHA256
    /// lp(kind) ‖ lp(app) ‖ day
    private let end: Bytes

    package init(consent: Hash256, kind: String, app: String, day: Day) {
        var start = SHA256()
        start.update(Self.domain)
        start.update(consent)
        self.start = start
        var end = ByteWriter()
        end.lp(kind)
        end.lp(app)
        end.u32(day)
        self.end = end.bytes
    }

    /// x = SHA-256(D("page") ‖ hash(consent) ‖ pageID ‖ lp(kind) ‖ lp(app) ‖ day)
    ///
    /// An index is page zero, kind `index`, an empty app and the Monday of its week.
    package func x(_ page: PageID) -> Hash256 {
        var hasher = start
        hasher.update(page.id)
        hasher.update(end)
        return Hash256(hasher.finalize())
    }

    private static let domain = D("page")
}
