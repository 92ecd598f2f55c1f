import Client
import CofferTestKit
import Crypto
import Keys
import Ledger
import Messages
import Replica
import Rules
import Sealing

/// People with consents, a job with a grant, and its logged releases.
struct ReleasedPages {
    let organisation: ServerProcesses
    let releases: [Release]
    let job: SigningKey
    let recipient: SealingPrivateKey
    let day: Day

    init(_ organisation: ServerProcesses, people count: Int, releases: Int) async throws {
        self.organisation = organisation
        let charter = organisation.charter
        let people = (0..<count).map { _ in SigningKey() }
        let code = try AppName("code")
        day = Day(of: now()) - 2
        try await organisation.append(
            try organisation.sign(
                Enrol(heading: organisation.heading(), charter: charter.hash, pseudonyms: people.map(\.publicKey)),
                ["desk"]))
        let purpose = Purpose(
            heading: organisation.heading(), name: "completion", text: "t", basis: "consent", owner: "o",
            kinds: [.keys], apps: [code], outputs: "weights", notice: 0, pages: 1_099_511_627_776,
            ends: now() + 20 * millisecondsPerDay)
        try await organisation.append(try organisation.sign(purpose, ["privacy", "works"]))
        var consents: [Hash256] = []
        for person in people {
            consents.append(try await Self.consent(person, purpose.hash, organisation))
        }
        job = try organisation.key("job").noteKey
        let grant = Grant(
            heading: organisation.heading(), purpose: purpose.hash, job: job.publicKey, kinds: [.keys], apps: [code],
            from: day, to: day, pages: 1_099_511_627_776, expires: now() + millisecondsPerDay)
        try await organisation.append(try organisation.sign(grant, ["job", "privacy", "works"]))
        recipient = try SealingPrivateKey()
        var made: [Release] = []
        for _ in 0..<releases {
            let release = Release(
                heading: organisation.heading(), grant: grant.hash, recipient: recipient.publicKey,
                consents: consents.map { consent in
                    Release.Part(consent: consent, ids: (0..<100).map { _ in PageID.random() })
                })
            try await organisation.append(try organisation.sign(release, ["job"]))
            made.append(release)
        }
        self.releases = made
    }

    /// Requests for exactly this many positions each, sealed to the broker, which has already answered each of them.
    func asks(of count: Int) async throws -> [[UInt8]] {
        var asks: [[UInt8]] = []
        for release in releases {
            for start in stride(from: 0, through: release.count - count, by: count) {
                let positions = (start..<start + count).map {
                    AskPosition(at: UInt32($0), kind: "keys", app: "code", day: day)
                }
                let ask = Ask(
                    origin: Organisation.origin, release: release.hash, recipient: recipient.publicKey,
                    positions: positions)
                asks.append(try await Self.sealed(ask, by: job, recipient, organisation))
            }
        }
        return asks
    }

    private static func consent(_ person: SigningKey, _ purpose: Hash256, _ organisation: ServerProcesses) async throws
        -> Hash256
    {
        let charter = organisation.charter
        let root = ReplicatedPRF.consentRoot(SymmetricKey(size: .bits256), pseudonym: person.publicKey)
        let shapes = charter.terms.shapes
        let commitments = ReplicatedPRF.commitments(
            root: root, roster: charter.hash, groups: shapes, pseudonym: person.publicKey)
        let consent = Consent(
            heading: organisation.heading(), pseudonym: person.publicKey, purpose: purpose, rosterHash: charter.hash,
            subKeys: ReplicatedPRF.commitment(ofAll: commitments), scope: Hash256(of: [1]), window: 0,
            expires: now() + millisecondsPerDay)
        try await organisation.append(try SignedNote.message(consent.text, by: person))
        let client = try organisation.client("acme-1")
        let issued = try await patiently {
            try await client.depositKey(consent: consent.hash, pseudonym: person, now: now())
        }
        let deposit = Deposit(
            root: root, roster: charter.hash, groups: shapes, pseudonym: person.publicKey, group: shapes[0], broker: 0)
        let box = try deposit.seal(to: issued.key, origin: Organisation.origin, consent: consent.hash)
        _ = try await client.deposit(consent: consent.hash, box: box)
        return consent.hash
    }

    /// A request with an ask, which the broker has already answered.
    private static func sealed(
        _ ask: Ask, by job: SigningKey, _ recipient: SealingPrivateKey, _ organisation: ServerProcesses
    ) async throws -> [UInt8] {
        let broker = try organisation.key("acme-1")
        guard let sealing = broker.sealingKey?.publicKey else { throw BenchError("no broker acme-1") }
        let info = HPKEInfo.statement(.ask, origin: Organisation.origin, statement: ask.release, recipient: sealing)
        let box = try SealedBox.seal(try SignedNote.message(ask.text, by: job).encoded, to: sealing, info: info)
        let request = RawHTTP.request("POST", "/ask", body: ask.release.bytes + box)
        let body = try await patiently {
            let (status, body) = try RawHTTP(port: organisation.port("acme-1")).send(request)
            guard status == 200 else {
                throw BenchError("\(status): \(String(decoding: body.prefix(300), as: UTF8.self))")
            }
            return body
        }
        _ = try SealedAnswer(
            opening: body, with: recipient, to: ask, broker: broker.noteKey.publicKey, masks: 2)
        return request
    }
}

/// Tries for ten seconds, because a broker that has just started has not followed the ledger yet.
func patiently<R>(_ body: () async throws -> R) async throws -> R {
    for _ in 0..<100 {
        if let result = try? await body() { return result }
        try await Task.sleep(for: .milliseconds(100))
    }
    return try await body()
}
