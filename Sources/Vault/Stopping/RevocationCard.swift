import Files
import Ledger
package import Rules
package import Sealing

/// The revocation card: `revoke` statements signed in advance, with everything needed to deliver them from any
/// machine, without the identity and without the ledger (Design, "Stopping"). It can only stop.
package struct RevocationCard: Sendable, Equatable {
    package let origin: String
    package let charter: Hash256
    package let ledgerURL: String
    package var revokes: [Signed]

    /// One signed `revoke`.
    package struct Signed: Sendable, Equatable {
        /// The purpose's name when the consent was given.
        package let purpose: String
        package let pseudonym: VerifyingKey
        package let note: Bytes
        /// The roster that the consent is bound to: only its brokers can answer under it.
        package let roster: StopRoster

        package init(purpose: String, pseudonym: VerifyingKey, note: Bytes, roster: StopRoster) {
            self.purpose = purpose
            self.pseudonym = pseudonym
            self.note = note
            self.roster = roster
        }
    }

    /// The size limit of a card's file in bytes.
    package static let maximumCount = 4 << 20

    package var encoded: Bytes {
        CanonicalJSON.object(members + [.init("check", .hex(check))]).encoded + [10]
    }

    /// All members but the last. A card of version 1 has one roster and does not name it.
    private var members: [CanonicalJSON.Member] {
        var rosters: [StopRoster] = []
        for revoke in revokes where !rosters.contains(revoke.roster) { rosters.append(revoke.roster) }
        let isOld = rosters.count == 1 && rosters[0].hash == nil
        let revokes = revokes.map { revoke in
            CanonicalJSON.object(
                [.init("purpose", .string(revoke.purpose)), .init("pseudonym", .string(revoke.pseudonym.hex))]
                    + (isOld
                        ? []
                        : [.init("roster", .integer(UInt64(rosters.firstIndex(of: revoke.roster) ?? 0)))])
                    + [.init("revoke", .bytes(revoke.note))])
        }
        return [
            .init("schema", .string(isOld ? Self.oldSchema : Self.schema)), .init("origin", .string(origin)),
            .init("charter", .hex(charter)), .init("ledger", .string(ledgerURL)),
            isOld
                ? .init("groups", .array(rosters[0].groups.map(\.json)))
                : .init("rosters", .array(rosters.map(\.json))),
            .init("revokes", .array(revokes)),
        ]
    }

    private static let schema = "coffer.card.v2"
    private static let oldSchema = "coffer.card.v1"

    /// SHA-256(D("card") ‖ the object without its last member). It detects a copying error before the card is needed.
    private var check: Hash256 { Hash256(of: D("card"), CanonicalJSON.object(members).encoded) }

    package init(origin: String, charter: Hash256, ledgerURL: String, revokes: [Signed]) {
        self.origin = origin
        self.charter = charter
        self.ledgerURL = ledgerURL
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
        let schema = try members.string("schema")
        guard [Self.schema, Self.oldSchema].contains(schema) else { throw FormatError.notCanonical }
        origin = try members.string("origin", atMost: 255)
        charter = try members.hash("charter")
        ledgerURL = try members.string("ledger", atMost: 1024)
        let old =
            schema == Self.oldSchema
            ? StopRoster(hash: nil, groups: try members.objects("groups", atMost: 64, StopGroup.init(reading:))) : nil
        let rosters = try old.map { [$0] } ?? members.objects("rosters", atMost: 256, StopRoster.init(reading:))
        revokes = try members.objects("revokes", atMost: 4096) { signed throws(FormatError) in
            let purpose = try signed.string("purpose", atMost: 255)
            let pseudonym = try signed.key("pseudonym")
            let number = old == nil ? try signed.integer("roster", atMost: 255) : 0
            guard number < rosters.count else { throw .outOfBounds }
            return Signed(
                purpose: purpose, pseudonym: pseudonym, note: try signed.bytes("revoke"), roster: rosters[Int(number)])
        }
        let last = try members.hash("check")
        try members.finish()
        guard last == check, encoded == bytes else { throw FormatError.notCanonical }
        for signed in revokes {
            let note = try SignedNote(parsing: signed.note)
            guard case .revoke(let revoke) = try Statement(parsing: note.text),
                revoke.heading.origin.hasSameBytes(as: origin),
                revoke.pseudonym == signed.pseudonym, try note.signers() == [signed.pseudonym]
            else { throw FormatError.notCanonical }
        }
    }
}

/// The vault's own copies, one for each consent, so that `revoke` works while the vault is locked.
extension VaultDirectory {
    package func cards() throws(CofferError) -> [RevocationCard] {
        try readAll(.cards, atMost: RevocationCard.maximumCount) { try RevocationCard(parsing: $1) }
    }

    /// Whether this pseudonym's card is there and whole.
    package func hasCard(_ pseudonym: VerifyingKey) -> Bool { DurableFile.exists("\(path)/cards/\(pseudonym.hex)") }

    package func keep(_ card: RevocationCard) throws(CofferError) {
        for revoke in card.revokes {
            var one = card
            one.revokes = [revoke]
            try DurableFile.write(one.encoded, to: "\(path)/cards/\(revoke.pseudonym.hex)")
        }
    }

    /// One card with every consent's revoke, to be kept off the laptop, each with its roster as this state has it. The
    /// newest card replaces earlier ones.
    package func wholeCard(_ state: LedgerState?) throws(CofferError) -> RevocationCard? {
        let cards = try cards()
        guard var whole = cards.last else { return nil }
        whole.revokes = cards.flatMap(\.revokes).map { revoke in
            RevocationCard.Signed(
                purpose: revoke.purpose, pseudonym: revoke.pseudonym, note: revoke.note,
                roster: state?.stopRoster(ofPseudonym: revoke.pseudonym) ?? revoke.roster)
        }
        return whole
    }

    /// Puts a revoke into the outbox, with the objects of its pages, and forgets the pages. When the disk does not take
    /// it, the entry is there all the same, to be sent at once, with the reason.
    package func startRevoking(_ revoke: RevocationCard.Signed) throws(CofferError)
        -> (entry: OutboxEntry, failure: CofferError?)
    {
        let entry = OutboxEntry(notes: [revoke.note], objects: try ownObjects(of: revoke.pseudonym))
        do throws(CofferError) {
            try keepNew(entry)
            try forgetPages(of: revoke.pseudonym)
            return (entry, nil)
        } catch {
            return (entry, error)
        }
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
