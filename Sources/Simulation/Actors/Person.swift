import CofferTestKit
import Ledger
import Messages
import Rules
import Sealing

/// An employee: one consent, four pages under it, and the stops sent so far.
final class Person {
    /// A page in the lake.
    struct Made {
        let id: PageID
        let kind: Kind
        let app: String
        let day: Day
        let x: Hash256
        let sealed: Bytes
    }

    let name: String
    var consent: Filing?
    var pages: [Made] = []
    /// Stops that the employee has signed, to be sent to the ledger and to brokers.
    var stops: [Filing] = []
    var hasRevoked = false
    var receipts: Set<String> = []

    init(_ name: String) { self.name = name }
}

extension World {
    func makeConsent(of person: Person, to purpose: Hash256) throws -> Filing {
        let pseudonym = Cast.publicKey(person.name)
        let root = Cast.root(person.name)
        // The employee uses the roster at the ledger's newest checkpoint.
        let model = ledger.published.flatMap { oracle.history.prefix($0.root)?.model }
        let roster = model?.roster ?? Cast.charter.hash
        let shapes = model?.shapes[roster] ?? Cast.shapes
        let commitments = ReplicatedPRF.commitments(root: root, roster: roster, groups: shapes, pseudonym: pseudonym)
        let consent = Consent(
            heading: heading(), pseudonym: pseudonym, purpose: purpose, rosterHash: roster,
            subKeys: ReplicatedPRF.commitment(ofAll: commitments), scope: Hash256(of: random.bytes(8)),
            window: plan.window, expires: time.now + (random.oneIn(4) ? 2 : 30) * millisecondsPerDay)
        let filing = file(consent, "consent of \(person.name)", by: [person.name])
        person.consent = filing
        let revoke = Revoke(heading: stoppingHeading(), pseudonym: pseudonym)
        laptop(of: person)?.keepCard(
            Scenario.note(revoke, by: [person.name]), roster: roster, groups: (model?.terms ?? Cast.terms).groups)
        oracle.rosters[person.name] = roster
        person.pages = try pages(of: person, consent: filing.hash, roster: roster, shapes: shapes)
        return filing
    }

    private func pages(of person: Person, consent: Hash256, roster: Hash256, shapes: [GroupShape]) throws
        -> [Person.Made]
    {
        let today = Day(of: Scenario.noon)
        let wanted: [(Kind, String, Day)] = [
            (.keys, "code", today - 3), (.screen, "xterm", today - 2), (.keys, "code", today - 1),
            (.keys, "xterm", today),
        ]
        return try wanted.map { kind, app, day in
            let id = try PageID(random.bytes(16))
            let x = ReplicatedPRF.x(consent: consent, page: id, kind: kind.rawValue, app: app, day: day)
            let key = bug.pageKey(
                root: Cast.root(person.name), roster: roster, groups: shapes, consent: consent, x: x)
            let entry = PageEntry(
                kind: kind, app: try AppName(app), device: 0, from: day.start + 1_000, until: day.start + 2_000,
                count: 1, bodyHash: Hash256(of: id.bytes))
            let item = PageItem(entry: entry, contentKey: Hash256(of: x.bytes).key, object: Hash256(of: [1]))
            let sealed = try Page.seal([item], x: x, key: key, pseudonym: Cast.key(person.name))
            network.record(sealed)
            return Person.Made(id: id, kind: kind, app: app, day: day, x: x, sealed: sealed)
        }
    }

    /// Asks a broker for a deposit key.
    func requestDepositKey(_ person: Person, of broker: String) throws {
        guard let consent = person.consent?.hash else { return }
        let request = DepositKeyRequest(
            origin: Cast.origin, id: random.bytes(16), until: time.now + 600_000, consent: consent,
            broker: Cast.publicKey(broker))
        let note = try SignedNote.message(request.text, by: Cast.key(person.name)).encoded
        send(.depositKey(consent: consent, person: person.name, note), from: person.name, to: broker)
    }

    /// Seals a broker's sub-keys to the one-time key from that broker.
    func sealDeposit(_ person: Person, consent: Hash256, issued bytes: Bytes, from broker: String) throws {
        guard !person.hasRevoked, let filing = person.consent, filing.hash == consent,
            case .consent(let statement) = filing.statement, let note = try? SignedNote(parsing: bytes),
            note.isSigned(byExactly: Cast.publicKey(broker)), let issued = try? DepositKeyIssued(parsing: note.text),
            issued.consent == consent,
            let shapes = oracle.history.shapes(of: statement.rosterHash)
        else { return }
        let seat = Cast.seat(broker)
        let deposit = Deposit(
            root: Cast.root(person.name), roster: statement.rosterHash, groups: shapes,
            pseudonym: statement.pseudonym, group: shapes[seat.group], broker: seat.number)
        if bug.leaksDeposits { network.record(deposit.encoded) }
        let box = try deposit.seal(to: issued.key, origin: Cast.origin, consent: consent)
        send(.deposit(consent: consent, person: person.name, consent.bytes + box), from: person.name, to: broker)
    }

    func makeRevoke(_ person: Person) -> Filing {
        person.hasRevoked = true
        let filing = file(
            Revoke(heading: stoppingHeading(), pseudonym: Cast.publicKey(person.name)), "revoke of \(person.name)",
            by: [person.name])
        person.stops.append(filing)
        laptop(of: person)?.keep(filing)
        return filing
    }

    func makeErase(_ person: Person) -> Filing? {
        guard let consent = person.consent?.hash, let page = random.pick(person.pages) else { return nil }
        let number = person.pages.firstIndex { $0.id == page.id } ?? 0
        let filing = file(
            Erase(
                heading: stoppingHeading(), pseudonym: Cast.publicKey(person.name), consent: consent, pages: [page.id]),
            "erase of \(person.name)'s page \(number)", by: [person.name])
        person.stops.append(filing)
        laptop(of: person)?.keep(filing)
        return filing
    }
}

extension History {
    /// How the roster of a consent divides the brokers.
    func shapes(of roster: Hash256) -> [GroupShape]? {
        roster == Cast.charter.hash
            ? Cast.shapes : prefixes.values.lazy.compactMap { $0.model.shapes[roster] }.first
    }
}
