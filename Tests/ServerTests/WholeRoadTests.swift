import Broker
import BrokerServer
import Client
import CofferTestKit
import Crypto
import DeskServer
import Foundation
import Keys
import Ledger
import LedgerServer
import Messages
import Replica
import Rules
import Sealing
import Testing

/// Also the road that other tests take.
@Suite("Ledger, witnesses, brokers and desk together", .timeLimit(.minutes(15)))
struct WholeRoadTests {
    let person = (0..<8).map { _ in SigningKey() }
    let consentRoot = SymmetricKey(size: .bits256)
    let recipient: SealingPrivateKey

    init() throws { recipient = try SealingPrivateKey() }

    private func heading(_ span: Milliseconds = 3_000_000) -> Heading {
        Heading(origin: Organisation.origin, until: ServedOrganisation.now() + span)
    }

    func enrol(_ served: ServedOrganisation) async throws {
        let token = try served.desk.store.makeToken()
        let enrolment = Enrolment(
            origin: Organisation.origin, charter: served.organisation.charter.hash, token: token, keys: person)
        let client = DeskClient(url: "http://desk", transport: served.transport)
        try await client.enrol(enrolment)
        // The same again, as after a lost reply; another's keys with the same token are refused.
        try await client.enrol(enrolment)
        let other = Enrolment(
            origin: Organisation.origin, charter: served.organisation.charter.hash, token: token, keys: [SigningKey()])
        await #expect(throws: CofferError(.refused, "", rule: "enrol.token")) { try await client.enrol(other) }
        #expect(try await served.desk.publish() == 8)
        #expect(try await served.desk.publish() == 0)
    }

    struct Road {
        let consent: Consent
        let grant: Hash256
        let page: PageID
        let day: Day
    }

    func consent(_ served: ServedOrganisation, words: String = "t") async throws -> Road {
        let ledger = served.ledgerClient
        let organisation = served.organisation
        let now = ServedOrganisation.now()
        let day = Day(of: now) - 2
        let code = try AppName("code")
        let purpose = Purpose(
            heading: heading(), name: "completion", text: words, basis: words, owner: words, kinds: [.keys],
            apps: [code],
            outputs: words, notice: 0, pages: 100, ends: now + 20 * millisecondsPerDay)
        _ = try await ledger.append(try organisation.sign(purpose, ["privacy", "works"]))
        let root = ReplicatedPRF.consentRoot(consentRoot, pseudonym: person[0].publicKey)
        let commitments = ReplicatedPRF.commitments(
            root: root, roster: organisation.charter.hash, groups: organisation.charter.terms.shapes,
            pseudonym: person[0].publicKey)
        let consent = Consent(
            heading: heading(), pseudonym: person[0].publicKey, purpose: purpose.hash,
            rosterHash: organisation.charter.hash, subKeys: ReplicatedPRF.commitment(ofAll: commitments),
            scope: Hash256(of: [1]), window: 0, expires: now + millisecondsPerDay)
        _ = try await ledger.append(try SignedNote.message(consent.text, by: person[0]))
        for (number, name) in Organisation.brokerNames.enumerated() {
            let client = try served.client(name)
            #expect(try await !client.holds(consent.hash))
            let issued = try await client.depositKey(consent: consent.hash, pseudonym: person[0], now: now)
            let shapes = organisation.charter.terms.shapes
            let deposit = Deposit(
                root: root, roster: organisation.charter.hash, groups: shapes, pseudonym: person[0].publicKey,
                group: shapes[number / 3], broker: number % 3)
            let box = try deposit.seal(to: issued.key, origin: Organisation.origin, consent: consent.hash)
            _ = try await client.deposit(consent: consent.hash, box: box)
            #expect(try await client.holds(consent.hash))
        }
        let job = try organisation.key("job").noteKey
        let grant = Grant(
            heading: heading(), purpose: purpose.hash, job: job.publicKey, kinds: [.keys], apps: [code], from: day,
            to: day,
            pages: 10, expires: now + millisecondsPerDay)
        _ = try await ledger.append(try organisation.sign(grant, ["job", "privacy", "works"]))
        return Road(consent: consent, grant: grant.hash, page: PageID.random(), day: day)
    }

    func release(_ served: ServedOrganisation, _ road: Road) async throws -> Hash256 {
        let release = Release(
            heading: heading(1_000_000), grant: road.grant, recipient: recipient.publicKey,
            consents: [.init(consent: road.consent.hash, ids: [road.page])])
        _ = try await served.ledgerClient.append(try served.organisation.sign(release, ["job"]))
        return release.hash
    }

    func ask(_ served: ServedOrganisation, _ name: String, _ road: Road, _ release: Hash256) async throws
        -> SealedAnswer
    {
        let ask = Ask(
            origin: Organisation.origin, release: release, recipient: recipient.publicKey,
            positions: [AskPosition(at: 0, kind: "keys", app: "code", day: road.day)])
        let box = try await served.client(name).ask(ask, as: try served.organisation.key("job").noteKey)
        return try SealedAnswer(
            opening: box, with: recipient, to: ask, broker: try served.organisation.key(name).noteKey.publicKey,
            masks: name == "council-1" ? 1 : 2)
    }

    /// A session with each of these brokers, which gives what it gave alone.
    private func sessions(
        _ served: ServedOrganisation, _ release: Hash256, answering answers: [String: SealedAnswer], _ road: Road
    ) async throws -> [String: OpenSession] {
        var sessions: [String: OpenSession] = [:]
        for (name, answer) in answers {
            let client = try served.client(name)
            let session = try #require(
                try await client.openSession(
                    about: release, recipient: recipient, as: try served.organisation.key("job").noteKey))
            #expect(session.tree.size >= answer.answer.size)
            let position = AskPosition(at: 0, kind: "keys", app: "code", day: road.day)
            for _ in 0..<2 {
                let masks = name == "council-1" ? 1 : 2
                let partials = try await client.send(.ask([position]), in: session, masks: masks)
                #expect(partials == answer.partials)
            }
            sessions[name] = session
        }
        return sessions
    }

    @Test("From the desk to the page's key; then the card, with the ledger down")
    func road() async throws {
        let served = try await ServedOrganisation()
        try await served.run {
            try await enrol(served)
            let road = try await consent(served)
            let release = try await release(served, road)
            let answers = [
                "acme-2": try await ask(served, "acme-2", road, release),
                "acme-3": try await ask(served, "acme-3", road, release),
                "council-1": try await ask(served, "council-1", road, release),
            ]
            let company = served.organisation.charter.terms.shapes[0]
            var partials: [UInt16: Bytes] = [:]
            for (number, name) in [(1, "acme-2"), (2, "acme-3")] {
                for (mask, partial) in zip(company.masks(heldBy: number), answers[name]?.partials[0] ?? []) {
                    partials[mask] = partial
                }
            }
            let x = ReplicatedPRF.x(
                consent: road.consent.hash, page: road.page, kind: "keys", app: "code", day: road.day)
            let key = ReplicatedPRF.combine(
                [company.masks.compactMap { partials[$0] }, answers["council-1"]?.partials[0] ?? []],
                consent: road.consent.hash, x: x)
            let expected = ReplicatedPRF.pageKey(
                root: ReplicatedPRF.consentRoot(consentRoot, pseudonym: person[0].publicKey),
                roster: served.organisation.charter.hash, groups: served.organisation.charter.terms.shapes,
                consent: road.consent.hash, x: x)
            #expect(key == expected)

            let sessions = try await sessions(served, release, answering: answers, road)
            served.transport.take("ledger", down: true)
            let revoke = Revoke(origin: Organisation.origin, pseudonym: person[0].publicKey)
            let note = try SignedNote.message(revoke.text, by: person[0])
            for name in Organisation.brokerNames {
                _ = try await served.client(name).stop(note)
                await #expect(throws: CofferError(.refused, "", rule: "revoked")) {
                    _ = try await ask(served, name, road, release)
                }
                guard let session = sessions[name] else { continue }
                // The session was open before the stop, and ends with the refusal.
                let position = AskPosition(at: 0, kind: "keys", app: "code", day: road.day)
                await #expect(throws: CofferError(.refused, "", rule: "revoked")) {
                    _ = try await served.client(name).send(.ask([position]), in: session, masks: 2)
                }
                #expect(try served.house(name).broker.subKeys.consents.isEmpty)
            }
            // The ledger is back: a broker hands it the note, and the log has what it needs to show for it.
            served.transport.take("ledger", down: false)
            let broker = try served.house("acme-1").broker
            try await broker.submit(try await broker.follow(), to: served.ledgerClient)
            let followed = try await broker.follow()
            #expect(followed.state.pseudonyms[person[0].publicKey]?.revoked != nil)
            try await broker.submit(followed, to: served.ledgerClient)
            #expect(try await broker.follow().state.destructions[broker.key] == followed.checkpoint.size)
            #expect(try broker.submissions(try await broker.follow()).isEmpty)
        }
    }

    @Test("Without a quorum of witnesses a release gives 75, and no broker answers it")
    func noQuorum() async throws {
        let served = try await ServedOrganisation()
        try await served.run {
            try await enrol(served)
            let road = try await consent(served)
            for name in ["north", "south", "acme-3"] { served.transport.take(name, down: true) }
            let release = Release(
                heading: heading(1_000_000), grant: road.grant, recipient: recipient.publicKey,
                consents: [.init(consent: road.consent.hash, ids: [road.page])])
            let note = try served.organisation.sign(release, ["job"])
            await #expect(throws: CofferError(.tryLater, "")) { _ = try await served.ledgerClient.append(note) }
            await #expect(throws: CofferError.self) { _ = try await ask(served, "acme-1", road, release.hash) }
            #expect(try await served.house("acme-1").broker.status.answers == 0)
            served.transport.take("north", down: false)
            // A round that asked north before it was back may still fail: a client tries again.
            while true {
                do throws(CofferError) {
                    _ = try await served.ledgerClient.append(note)
                    break
                } catch { try #require(error.code == .tryLater) }
            }
            _ = try await ask(served, "acme-1", road, release.hash)
            #expect(try await served.house("acme-1").broker.status.answers == 1)
        }
    }

    @Test("Brokers serve all that they have followed: a client follows from them with the ledger down")
    func brokersServe() async throws {
        let served = try await ServedOrganisation()
        try await served.run {
            try await enrol(served)
            let followed = try await served.house("acme-1").broker.follow()
            served.transport.take("ledger", down: true)
            let client = Follower(
                pin: served.organisation.charter.pin, store: MemoryLedger(),
                sources: [
                    HTTPSource(url: "http://ledger", transport: served.transport),
                    HTTPSource(url: "http://acme-1", transport: served.transport),
                ],
                evidence: EvidenceDirectory(path: served.directory + "/evidence"))
            #expect(try await client.follow().state.digest == followed.state.digest)
        }
    }

    @Test("A broker signs what the ledger came to, and serves the state that it signed")
    func brokersSignTheState() async throws {
        let served = try await ServedOrganisation()
        try await served.run {
            try await enrol(served)
            let house = try served.house("acme-1")
            let followed = try await house.broker.follow()
            #expect(try await served.transport.get("http://acme-1/state", atMost: HTTPLimits.note).status == 404)
            try house.states.keep(try #require(await house.broker.follower.snapshot))
            let note = try await served.transport.get("http://acme-1/state", atMost: HTTPLimits.note).body
            let stated = try StateNote(
                try SignedNote(parsing: note), origin: Organisation.origin, broker: house.broker.key)
            #expect(stated.size == followed.checkpoint.checkpoint.size && stated.root == followed.checkpoint.root)
            #expect(stated.state == followed.state.digest)
            let path = "http://acme-1/state/\(stated.size)"
            let bytes = try await served.transport.get(path, atMost: 1 << 24).body
            #expect(Hash256(of: bytes) == stated.snapshot)
            #expect(try LedgerSnapshot(parsing: bytes).state.digest == stated.state)
            for other in ["0", "\(stated.size + 1)", "x", "-1"] {
                let reply = try await served.transport.get("http://acme-1/state/\(other)", atMost: 1 << 24)
                #expect(reply.status == 404)
            }
            #expect(await house.dueState == nil)
        }
    }

    @Test("A broker that starts from an old store signs no state of it before it has followed the ledger")
    func noOldStateIsSigned() async throws {
        let served = try await ServedOrganisation()
        try await served.run {
            try await enrol(served)
            let old = try await served.house("acme-1").broker.follow().checkpoint.size
            let directory = "\(served.directory)/put-back"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: "\(served.directory)/acme-1/ledger", toPath: "\(directory)/ledger")
            _ = try await consent(served)
            let house = try await served.open(directory, "acme-1", storage: "\(served.directory)/storage/put-back")
            #expect(await house.broker.follower.snapshot?.size == old)
            #expect(await house.dueState == nil)
            let followed = try await house.broker.follow()
            #expect(followed.checkpoint.size > old)
            #expect(await house.dueState?.size == followed.checkpoint.size)
        }
    }
}
