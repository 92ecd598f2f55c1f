import ArgumentParser
import Client
import CofferTestKit
import Crypto
import Foundation
import Glibc
import Keys
import Ledger
import Messages
import Replica
import Rules
import Sealing

extension Bench {
    struct Broker: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pages released by one broker over HTTP, against OpenBao's transit and bare HMAC.")

        @OptionGroup var options: BenchOptions
        @OptionGroup var servers: ServerOptions
        @Option(help: "OpenBao's binary; without one there is no peer.") var bao: String?
        @Option(help: "How many clients ask at once.") var clients = 8

        private static let masks = 2

        func run() async throws {
            let directory = options.directory + "/broker-\(getpid())"
            let organisation = try ServerProcesses(
                directory: directory, storage: servers.storage + "/broker-\(getpid())", binary: servers.coffer,
                shape: .usual)
            try await organisation.start()
            defer { organisation.stop() }
            let road = try await ReleasedPages(organisation, people: 10, releases: options.quick ? 1 : 4)
            let peer: OpenBao? =
                if let bao { try await OpenBao(binary: bao, directory: directory + "/bao") } else { nil }
            defer { peer?.stop() }

            var report = BenchReport(bench: "broker", isQuick: options.quick)
            for (positions, ending) in [(Ask.usualPositions, "At\(Ask.usualPositions)"), (Ask.maximumPositions, "")] {
                let measured = try await measure(
                    try await road.asks(of: positions), of: positions, port: organisation.port("acme-1"), peer)
                report.add(measured, of: positions, fieldsEnding: ending)
            }
            report.notes.append(
                "Sealed, signed asks by \(clients) clients to one broker process, which judges each at a fresh checkpoint,"
                    + " evaluates two masks a page, signs and seals; answers are checked once before.")
            report.notes.append(
                "OpenBao: batches of as many aes256-gcm96 ciphertexts, as many clients, file audit device and raft on this"
                    + " disk; same load generator, same rounds.")
            report.print(json: options.json)
        }

        /// Rates per second, one for each round.
        struct Measured {
            var (ours, theirs, bare, asksTaken): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        }

        private func measure(_ asks: [[UInt8]], of positions: Int, port: Int, _ peer: OpenBao?) async throws -> Measured
        {
            // Use many more asks than clients even in a quick run, because the wait for the last ones is not the
            // broker's rate.
            let count = (options.quick ? 128_000 : 256_000) / positions
            let decryption = try await peer?.decryption(of: positions) ?? []
            var measured = Measured()
            for _ in 0..<(options.rounds ?? (options.quick ? 1 : 5)) {
                measured.bare.append(await barePartials(options.quick ? 100_000 : 1_000_000) / Double(Self.masks))
                let load = try await Load.run(
                    clients: clients, count: count, port: port, request: { asks[$0 % asks.count] },
                    check: { status, _ in status == 200 })
                measured.ours.append(load.rate * Double(positions))
                measured.asksTaken.append(load.percentile(0.5))
                guard let peer else { continue }
                // Half as many, because each takes about ten times as long.
                let other = try await Load.run(
                    clients: clients, count: count / 2, port: peer.port, request: { _ in decryption },
                    check: { status, _ in status == 200 })
                measured.theirs.append(other.rate * Double(positions))
            }
            return measured
        }

        /// HMAC-SHA-256 of an x under k_A, computed by the broker's own code; the rate per second on all cores.
        private func barePartials(_ count: Int) async -> Double {
            let cores = ProcessInfo.processInfo.activeProcessorCount
            let clock = ContinuousClock()
            let start = clock.now
            await withTaskGroup(of: Int.self) { group in
                for _ in 0..<cores {
                    group.addTask {
                        let key = PartialEvaluator(SymmetricKey(size: .bits256))
                        let x = Hash256(of: Bytes())
                        var partials = Bytes()
                        for _ in 0..<count / cores {
                            partials.removeAll(keepingCapacity: true)
                            key.append(x: x, to: &partials)
                        }
                        return partials.count
                    }
                }
                await group.waitForAll()
            }
            return Double(count) / ((clock.now - start) / .seconds(1))
        }
    }
}

extension BenchReport {
    /// The result for one size of asks.
    fileprivate mutating func add(_ measured: Bench.Broker.Measured, of positions: Int, fieldsEnding ending: String) {
        let name = "pages released by one broker, \(positions) an ask"
        if !measured.theirs.isEmpty {
            let figure = Figure(
                name, "1/s", measured.ours, against: "OpenBao transit, as many keys a batch", measured.theirs,
                goal: .atLeast(10))
            figures.append(figure)
            fields.append(("ratioToOpenBao\(ending)", figure.ratio?.median ?? .nan))
        }
        let share = Figure(name, "1/s", measured.ours, against: "bare HMAC for as many masks", measured.bare)
        figures.append(share)
        figures.append(Figure("  an ask, p50", "ms", measured.asksTaken))
        fields.append(("shareOfBareHMAC\(ending)", share.ratio?.median ?? .nan))
        fields.append(("pagesPerSecond\(ending)", share.value.median))
    }
}

/// People with consents, a job with a grant, and its logged releases.
private struct ReleasedPages {
    private let organisation: ServerProcesses
    private let releases: [Release]
    private let job: SigningKey
    private let recipient: SealingPrivateKey
    private let day: Day

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
private func patiently<R>(_ body: () async throws -> R) async throws -> R {
    for _ in 0..<100 {
        if let result = try? await body() { return result }
        try await Task.sleep(for: .milliseconds(100))
    }
    return try await body()
}
