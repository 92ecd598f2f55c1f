import Audit
import Broker
import BrokerServer
import Crypto
import Job
import Keyholder
import Keys
import Lake
import Ledger
import Messages
import Records
import Replica
import Rules
import Sealing
import Synchronization
import Testing
import Vault

/// What was offered lies in the lake: her own keys open it, and so do a granted job and the brokers.
@Suite("Stored lake")
struct StoredLakeTests {
    private let stored: StoredVault

    init() throws { stored = try StoredVault("servers", "storage", "org", "lake", "job", "employee") }

    @Test("The pages open under the keys of the identity")
    func thePagesOpenUnderTheKeysOfTheIdentity() async throws {
        let seed = try stored.seed()
        let vault = try stored.open(seed)
        let segments = try vault.refresh(now: stored.now).segments
        let byBody = Dictionary(uniqueKeysWithValues: segments.map { ($0.bodyHash, $0) })
        let consent = try #require(try vault.consents().first { $0.purposeName == "completion" })
        let pseudonym = seed.pseudonym(consent.number).publicKey
        let root = ReplicatedPRF.consentRoot(seed.consentRoot(), pseudonym: pseudonym)
        let state = try await StoredLogTests.replay(stored).state
        let groups = try #require(state.rosters[consent.roster]).map { group in
            try GroupShape(name: group.name, threshold: group.threshold, count: group.brokers.count)
        }
        func key(_ x: Hash256) -> SymmetricKey {
            ReplicatedPRF.pageKey(
                root: root, roster: consent.roster, groups: groups, consent: consent.consent, x: x)
        }

        let lake = try DirectoryLake(path: stored.path + "/lake")
        let view = StateView(state, now: stored.now)
        var pages = 0
        var kinds: Set<Kind> = []
        for (monday, rounds) in consent.rounds {
            let x = PageIndex.x(consent: consent.consent, monday: monday)
            for r in 0..<rounds {
                let file = try #require(try await lake.get(PageIndex.objectName(key: key(x), r: r)))
                let index = try PageIndex.open(
                    file, x: x, key: key(x), pseudonym: pseudonym, monday: monday,
                    scopeCommitment: consent.scope.commitment(salt: Scope.salt(root: root)), isLinked: false)
                for line in index.lines where !view.isErased(line.page, consent: consent.consent) {
                    let x = ReplicatedPRF.x(
                        consent: consent.consent, page: line.page, kind: line.kind.rawValue, app: line.app.string,
                        day: line.day)
                    let items = try Page.open(
                        try #require(try await lake.get(line.object)), x: x, key: key(x), pseudonym: pseudonym,
                        kind: line.kind, app: line.app, day: line.day)
                    for item in items {
                        let body = try #require(try await lake.get(item.object))
                        let segment = try #require(byBody[Hash256(of: body)])
                        let records = try SegmentOpening.records(body: body, kind: line.kind, key: item.contentKey)
                        #expect(records == (try vault.records(of: segment)))
                    }
                    pages += 1
                    kinds.insert(line.kind)
                }
            }
        }
        #expect(pages >= 6)
        #expect(kinds == Set(Kind.allCases))
    }

    /// A line of samples, its object without members that say nothing, in any order.
    private static func withoutEmpty(_ line: String) throws -> String {
        let parts = line.split(separator: "\t", maxSplits: 2)
        let json = try ForeignJSON(parsing: try #require(parts.last).utf8)
        return parts.dropLast().joined(separator: "\t") + "\t" + (said(json)?.text ?? "")
    }

    private static func said(_ value: ForeignJSON) -> ForeignJSON? {
        switch value {
        case .object(let members):
            if members.contains(where: { $0.name == "type" && $0.value == .string("none") }) { return nil }
            // Events did not have the text that a press writes.
            let members = members.contains { $0.name == "dt" } ? members.filter { $0.name != "text" } : members
            let left = members.compactMap { member in said(member.value).map { ForeignJSON.Member(member.name, $0) } }
            return left.isEmpty ? nil : .object(left.sorted { $0.name < $1.name })
        case .array(let values):
            let left = values.compactMap(said)
            return left.isEmpty ? nil : .array(left)
        case .string(let text): return text.isEmpty ? nil : value
        case .number(let number): return number.value == 0 ? nil : value
        case .boolean(let flag): return flag ? value : nil
        case .null, .halved: return value
        }
    }

    /// The same samples as on the day, by the partials of what every broker stores.
    @Test("The job opens the samples that it opened")
    func theJobOpensTheSamplesThatItOpened() async throws {
        let job = try OrgKeyFile(readingFrom: stored.path + "/job/key").noteKey
        let grant = try SignedNote(parsing: try stored.bytes("job/grant"))
        let programme = try await StoredProgramme(stored)
        let format = CollectedSamples()
        let epoch = Epoch(
            ledger: programme, brokers: programme, lake: try DirectoryLake(path: stored.path + "/lake"), job: job)
        let summary = try await epoch.open(grant: grant.hash, as: format)
        #expect(summary.consents == 1)
        // Its rules are older than the links of indices.
        #expect(summary.open.unstated == 1 && summary.open.consents.isEmpty)
        #expect(format.isFinished)
        // That program left out what this one gives empty values. It gave the second prompt, of nine o'clock, the
        // episode of the step after it, of two o'clock.
        let episodes = ("\"episode\":\"f5924878cb7c13e3\"", "\"episode\":\"bc83e1d6b0a1a741\"")
        let expected = try stored.expected("samples.tsv").map {
            $0.hasPrefix("ea68a3af-000003") ? $0.replacing(episodes.0, with: episodes.1) : $0
        }
        #expect(try format.lines.map(Self.withoutEmpty) == expected.map(Self.withoutEmpty))
    }
}

/// The ledger as it is stored, and brokers that evaluate what their stores hold. A release is answered as the one that
/// was logged in its place.
final class StoredProgramme: JobLedger, BrokerAsking {
    private let state: LedgerState
    private let now: Milliseconds
    private let brokers: [VerifyingKey: Broker]
    private let requests = Mutex<[Hash256: [Release.Part]]>([:])

    init(_ stored: StoredVault) async throws {
        state = try await StoredLogTests.replay(stored).state
        now = stored.now
        var brokers: [VerifyingKey: Broker] = [:]
        for name in StoredBrokerTests.brokers {
            let broker = try await StoredBrokerTests.context(stored, name).broker
            brokers[broker.key] = broker
        }
        self.brokers = brokers
    }

    func follow() async throws(CofferError) -> any LedgerView { StateView(state, now: now) }

    func release(
        _ parts: [Release.Part], id: ID128, under grant: Hash256, to recipient: SealingPublicKey
    ) async throws(CofferError) -> (hash: Hash256, entry: UInt64) {
        let hash = Release.name(of: recipient)
        let count = requests.withLock { requests in
            requests[hash] = parts
            return requests.count
        }
        let logged = state.releases.map(\.value.mark.index).sorted()
        guard count <= logged.count else { throw CofferError(.bug, "The job made more releases than it did then.") }
        return (hash, logged[count - 1])
    }

    func ask(_ ask: Ask, of broker: CharterTerms.Broker, holding masks: Int, recipient: SealingPrivateKey)
        async throws(CofferError) -> [[Bytes]]
    {
        guard let request = requests.withLock({ $0[ask.release] }), let held = brokers[broker.noteKey] else {
            throw CofferError(.bug, "Nobody made that release.")
        }
        let positions = request.flatMap { part in part.ids.map { (part.consent, $0) } }
        var answers: [[Bytes]] = []
        for position in ask.positions {
            let (consent, id) = positions[Int(position.at)]
            guard let subKeys = held.subKeys.subKeys(of: consent) else {
                throw CofferError(.tryLater, "A broker holds no sub-keys of that consent.")
            }
            let claim = position.claim
            let x = ReplicatedPRF.x(
                consent: consent, page: claim.kind == PageIndex.kind ? .zero : id, kind: claim.kind, app: claim.app,
                day: claim.day)
            answers.append(subKeys.map { ReplicatedPRF.partial(key: $0.key, x: x) })
        }
        return answers
    }
}

/// A sample a line: its key, the pixels of its image, its JSON.
final class CollectedSamples: SampleFormat {
    private(set) var lines: [String] = []
    private(set) var isFinished = false

    func begin(_ pictures: Pictures) {}

    func write(_ sample: Sample) throws(CofferError) -> Bool {
        var pixels = "-"
        if let image = sample.image {
            guard let frame = try? PNGImage.decode(image) else { throw CofferError(.bug, "An image is no PNG.") }
            pixels = pixelHash(frame)
        }
        lines.append("\(sample.key)\t\(pixels)\t\(String(decoding: sample.json(), as: UTF8.self))")
        return true
    }

    func flush() {}
    var written: Manifest.Written { .init(count: 0, hash: .zero) }
    func close() throws(CofferError) -> Manifest.Written { .init(count: 0, hash: .zero) }
    func finish(_ manifest: Manifest) throws(CofferError) { isFinished = true }
}
