import Files
import Ledger
import Rules
package import Sealing

/// The revocation card: `revoke` statements signed in advance, with everything needed to deliver them from any
/// machine, without the identity and without the ledger (Design, "Stopping"). It can only stop.
package struct RevocationCard: Sendable, Equatable {
    package let origin: String
    package let charter: Hash256
    package let ledgerURL: String
    package let groups: [StopGroup]
    package var revokes: [Signed]

    /// One signed `revoke`.
    package struct Signed: Sendable, Equatable {
        /// The purpose's name when the consent was given.
        package let purpose: String
        package let pseudonym: VerifyingKey
        package let note: Bytes

        package init(purpose: String, pseudonym: VerifyingKey, note: Bytes) {
            self.purpose = purpose
            self.pseudonym = pseudonym
            self.note = note
        }
    }

    /// The size limit of a card's file in bytes.
    package static let maximumCount = 4 << 20

    package var encoded: Bytes {
        CanonicalJSON.object(members + [.init("check", .hex(check))]).encoded + [10]
    }

    /// All members but the last.
    private var members: [CanonicalJSON.Member] {
        let groups = groups.map { group in
            CanonicalJSON.object([
                .init("name", .string(group.name)), .init("threshold", .integer(UInt64(group.threshold))),
                .init(
                    "brokers",
                    .array(
                        group.brokers.map {
                            .object([.init("note", .string($0.key.hex)), .init("url", .string($0.url))])
                        })),
            ])
        }
        let revokes = revokes.map { revoke in
            CanonicalJSON.object([
                .init("purpose", .string(revoke.purpose)), .init("pseudonym", .string(revoke.pseudonym.hex)),
                .init("revoke", .bytes(revoke.note)),
            ])
        }
        return [
            .init("schema", .string("coffer.card.v1")), .init("origin", .string(origin)),
            .init("charter", .hex(charter)), .init("ledger", .string(ledgerURL)), .init("groups", .array(groups)),
            .init("revokes", .array(revokes)),
        ]
    }

    /// SHA-256(D("card") ‖ the object without its last member). It detects a copying error before the card is needed.
    private var check: Hash256 { Hash256(of: D("card"), CanonicalJSON.object(members).encoded) }

    package init(origin: String, charter: Hash256, ledgerURL: String, groups: [StopGroup], revokes: [Signed]) {
        self.origin = origin
        self.charter = charter
        self.ledgerURL = ledgerURL
        self.groups = groups
        self.revokes = revokes
    }

    /// Checks that every statement on it is a `revoke` of this ledger by the named pseudonym. Throws rule
    /// `card.format`.
    package init(parsing bytes: Bytes) throws(CofferError) {
        do { try self.init(strictly: bytes) } catch {
            throw CofferError(.tampering, "The revocation card is incomplete or damaged.", rule: "card.format")
        }
    }

    private init(strictly bytes: Bytes) throws {
        guard bytes.last == 10 else { throw FormatError.truncated }
        var members = try CanonicalObject(parsing: bytes.dropLast())
        guard try members.string("schema") == "coffer.card.v1" else { throw FormatError.notCanonical }
        origin = try members.string("origin", atMost: 255)
        charter = try members.hash("charter")
        ledgerURL = try members.string("ledger", atMost: 1024)
        groups = try members.objects("groups", atMost: 64, Self.group)
        revokes = try members.objects("revokes", atMost: 4096, Self.signed)
        let last = try members.hash("check")
        try members.finish()
        guard last == check else { throw FormatError.notCanonical }
        for signed in revokes {
            let note = try SignedNote(parsing: signed.note)
            guard case .revoke(let revoke) = try Statement(parsing: note.text),
                revoke.heading.origin.hasSameBytes(as: origin),
                revoke.pseudonym == signed.pseudonym, try note.signers() == [signed.pseudonym]
            else { throw FormatError.notCanonical }
        }
    }

    private static func group(_ group: inout CanonicalObject) throws(FormatError) -> StopGroup {
        let name = try group.string("name", atMost: 255)
        let threshold = Int(try group.integer("threshold", atMost: 7))
        let brokers = try group.objects("brokers", atMost: 14) { broker throws(FormatError) in
            StopGroup.Broker(key: try broker.key("note"), url: try broker.string("url", atMost: 1024))
        }
        guard threshold >= 1, threshold <= brokers.count else { throw .outOfBounds }
        return StopGroup(name: name, threshold: threshold, brokers: brokers)
    }

    private static func signed(_ signed: inout CanonicalObject) throws(FormatError) -> Signed {
        Signed(
            purpose: try signed.string("purpose", atMost: 255), pseudonym: try signed.key("pseudonym"),
            note: try signed.bytes("revoke"))
    }
}

/// The vault's own copies, one for each consent, so that `revoke` works while the vault is locked.
extension VaultDirectory {
    package func cards() throws(CofferError) -> [RevocationCard] {
        var cards: [RevocationCard] = []
        for name in try DurableFile.names(in: path + "/cards") where !name.hasPrefix(".") {
            guard let bytes = try DurableFile.read("\(path)/cards/\(name)", atMost: RevocationCard.maximumCount) else {
                continue
            }
            cards.append(try RevocationCard(parsing: bytes))
        }
        return cards
    }

    package func keep(_ card: RevocationCard) throws(CofferError) {
        for revoke in card.revokes {
            var one = card
            one.revokes = [revoke]
            try DurableFile.write(one.encoded, to: "\(path)/cards/\(revoke.pseudonym.hex)")
        }
    }

    /// One card with every consent's revoke, to be kept off the laptop. The newest card replaces earlier ones.
    package func wholeCard() throws(CofferError) -> RevocationCard? {
        let cards = try cards()
        guard var whole = cards.last else { return nil }
        whole.revokes = cards.flatMap(\.revokes)
        return whole
    }

    /// Puts a revoke into the outbox, with the objects of its pages, and forgets the pages.
    package func startRevoking(_ revoke: RevocationCard.Signed) throws(CofferError) -> OutboxEntry {
        let entry = OutboxEntry(notes: [revoke.note], objects: try ownObjects(of: revoke.pseudonym))
        try keepNew(entry)
        try forgetPages(of: revoke.pseudonym)
        return entry
    }

    /// The objects that are of a pseudonym's pages alone. Bodies that pages of earlier versions may share stay in the
    /// lake: a page that lists them may be on another laptop.
    package func ownObjects(of pseudonym: VerifyingKey) throws(CofferError) -> [Hash256] {
        try offeredPages().filter { $0.pseudonym == pseudonym }.flatMap(\.ownObjects)
    }

    package func forgetPages(of pseudonym: VerifyingKey) throws(CofferError) {
        for page in try offeredPages() where page.pseudonym == pseudonym { try forget(page.id) }
    }
}
