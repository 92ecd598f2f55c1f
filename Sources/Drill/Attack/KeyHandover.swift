import Foundation
import Job
import Keys
import Lake
import Ledger
import Messages
import Replica
import Rules
import Sealing

/// Gives an attacker all parts, or all but one, and tries to read the granted pages with the job's own code.
struct KeyHandover: Sendable {
    let copy: StoreCopy
    let charter: CharterFile
    let custody: Custody
    let entries: [Bytes]
    let state: LedgerState
    let grant: Hash256
    let job: SigningKey
    let lake: DirectoryLake
    let now: @Sendable () -> Milliseconds

    private var terms: CharterTerms { state.charter?.terms ?? charter.terms }

    private func world(_ name: String, entries: [Bytes]? = nil) async throws(CofferError) -> CopiedWorld {
        try await CopiedWorld(
            copy, room: try copy.room(name), charter: charter, custody: custody, entries: entries ?? self.entries,
            now: now)
    }

    private func read(
        _ world: CopiedWorld, as key: SigningKey, logging: Attacker.Logging = .honest, through brokers: InProcessBrokers
    ) async throws(CofferError) -> (Epoch.Summary, Bytes) {
        let sink = MemorySink()
        let ledger = Attacker(world: world, key: key, logging: logging, knowledge: state)
        let epoch = Epoch(
            ledger: ledger, brokers: HTTPBrokerAsker(job: key, transport: brokers), lake: lake, job: key)
        let summary = try await epoch.open(grant: grant, as: SampleFormatName.jsonl.format(into: sink))
        return (summary, sink.bytes)
    }

    /// An attempt that should fail, with the reason why it did.
    private func attempt(
        _ withheld: String, _ how: String, _ body: () async throws(CofferError) -> (Epoch.Summary, Bytes)
    ) async -> Attempt {
        do throws(CofferError) {
            let (summary, _) = try await body()
            return Attempt(
                withheld: withheld, how: how, opened: summary.pages, samples: summary.samples,
                stopped: summary.pages == 0 ? "nothing was found" : "")
        } catch {
            return Attempt(withheld: withheld, how: how, failure: error)
        }
    }

    // MARK: With everything

    /// The positive control, and the texts and pixels that the job read: only the job may have them.
    func everything() async throws(CofferError) -> (Attempt, [Canary]) {
        let world = try await world("everything")
        let (summary, samples) = try await read(world, as: job, through: InProcessBrokers(world))
        let attempt = Attempt(
            withheld: "nothing", how: "running brokers", opened: summary.pages, samples: summary.samples, stopped: "")
        return (attempt, ReadCanaries.all(in: samples))
    }

    /// With a threshold's storage keys in every group the stores open without running brokers: the stated limit.
    func limit() async throws(CofferError) -> Attempt {
        let loot = try await theft.open(
            storageKeys: Set(terms.groups.flatMap { $0.brokers.prefix($0.threshold).map(\.name) }),
            room: try copy.room("limit"))
        return Attempt(
            withheld: "nothing", how: "stolen stores with a threshold's storage keys in every group",
            opened: loot.opened, stopped: "")
    }

    private var theft: LeakAttempt { LeakAttempt(copy: copy, state: state, lake: lake, now: now()) }

    // MARK: With all but one

    /// One way to withhold one part.
    enum Way: Sendable {
        case consent
        case group(CharterTerms.Group)
        /// Stolen stores, with the storage keys of all other groups and of these brokers in this group.
        case theft(CharterTerms.Group, own: [String])
        case entry, witnesses, jobKey, relayed, overheard
    }

    /// Withholds each part in turn; for a group, every choice of t−1 brokers remains.
    var ways: [Way] {
        let thefts = terms.groups.flatMap { group in
            let names = group.brokers.map(\.name)
            return (0..<1 << names.count).filter { $0.nonzeroBitCount == group.threshold - 1 }.map { bits in
                Way.theft(group, own: names.indices.filter { bits >> $0 & 1 == 1 }.map { names[$0] })
            }
        }
        return [.consent] + terms.groups.map(Way.group) + thefts + [.entry, .witnesses, .jobKey, .relayed, .overheard]
    }

    func attempt(_ way: Way) async throws(CofferError) -> Attempt {
        switch way {
        case .consent: try await withoutConsent()
        case .group(let group): try await without(group)
        case .theft(let group, let own): try await theft(group, own: own)
        case .entry: try await withoutEntry()
        case .witnesses: try await withoutWitnesses()
        case .jobKey: try await withoutJobKey()
        case .relayed: try await withoutJobKeyButItsOpenings()
        case .overheard: try await withoutJobKeyButItsReleases()
        }
    }

    /// The same log without the consent; the brokers hold the sub-keys nevertheless.
    private func withoutConsent() async throws(CofferError) -> Attempt {
        let kept = entries.filter { bytes in
            guard let entry = try? Entry(parsing: bytes), let note = try? SignedNote(parsing: entry.note),
                case .consent = try? Statement(parsing: note.text)
            else { return true }
            return false
        }
        let world = try await world("without-consent", entries: kept)
        return await attempt("consent", "running brokers") { () async throws(CofferError) in
            try await read(world, as: job, through: InProcessBrokers(world))
        }
    }

    private func without(_ group: CharterTerms.Group) async throws(CofferError) -> Attempt {
        let world = try await world("without-\(group.name)")
        let stopped = Set(group.brokers.dropFirst(group.threshold - 1).map(\.url))
        return await attempt("group \(group.name)", "all others running, and \(group.threshold - 1) of it") {
            () async throws(CofferError) in
            try await read(world, as: job, through: InProcessBrokers(world, stopped: stopped))
        }
    }

    /// With the storage keys of these t−1 brokers of this group, and of every other group's brokers.
    private func theft(_ group: CharterTerms.Group, own: [String]) async throws(CofferError) -> Attempt {
        let others = terms.groups.filter { $0.name != group.name }.flatMap(\.brokers).map(\.name)
        let whose = own.isEmpty ? "none" : own.joined(separator: ", ")
        let loot = try await theft.open(
            storageKeys: Set(others + own), room: try copy.room("theft-\(group.name)-\(own.joined(separator: "-"))"))
        return Attempt(
            withheld: "group \(group.name)", how: "all stores stolen, storage keys of all others and of \(whose)",
            opened: loot.opened, stopped: "\(loot.subKeys) sub-keys, \(loot.tried) tries, no key")
    }

    private func withoutEntry() async throws(CofferError) -> Attempt {
        let world = try await world("without-entry")
        return await attempt("log entry", "the release signed but never logged") { () async throws(CofferError) in
            try await read(world, as: job, logging: .none, through: InProcessBrokers(world))
        }
    }

    private func withoutWitnesses() async throws(CofferError) -> Attempt {
        let world = try await world("without-witnesses")
        return await attempt("log entry", "in the ledger's files under its key, without cosignatures") {
            () async throws(CofferError) in
            try await read(world, as: job, logging: .withoutWitnesses, through: InProcessBrokers(world))
        }
    }

    private func withoutJobKey() async throws(CofferError) -> Attempt {
        let world = try await world("without-job-key")
        return await attempt("job key", "releases and asks under another job's key") { () async throws(CofferError) in
            try await read(world, as: SigningKey(), through: InProcessBrokers(world))
        }
    }

    /// A thief of the brokers' sealing keys opens the job's recorded openings, and seals each to every other broker.
    private func withoutJobKeyButItsOpenings() async throws(CofferError) -> Attempt {
        let world = try await world("relayed")
        let brokers = InProcessBrokers(world)
        _ = try await read(world, as: job, through: brokers)
        let seats = terms.groups.flatMap(\.brokers)
        var (refused, opened) = (0, 0)
        for exchange in brokers.exchanges {
            guard let owner = seats.first(where: { $0.url + "/session" == exchange.url }) else { continue }
            for other in seats where other.noteKey != owner.noteKey {
                let body = try relayed(exchange.body, from: owner, to: other)
                let reply = try await brokers.post(other.url + "/session", body, atMost: HTTPLimits.note)
                if reply.status == 200 { opened += 1 } else { refused += 1 }
            }
        }
        return Attempt(
            withheld: "job key", how: "the job's openings relayed to other brokers", opened: opened,
            stopped: "\(refused) openings were refused")
    }

    /// An opening that the owner received, sealed to another broker.
    private func relayed(_ body: Bytes, from owner: CharterTerms.Broker, to other: CharterTerms.Broker)
        throws(CofferError) -> Bytes
    {
        let release = body.prefix(32)
        do {
            let statement = try Hash256(release)
            func info(_ key: SealingPublicKey) -> Bytes {
                HPKEInfo.statement(.asks, origin: charter.origin, statement: statement, recipient: key)
            }
            guard let key = try custody.broker(owner).sealingKey else { throw SealingError.keyUnusable }
            let note = try SealedBox.open(Array(body.dropFirst(32)), with: key, info: info(key.publicKey))
            return release + (try SealedBox.seal(note, to: other.sealing, info: info(other.sealing)))
        } catch {
            throw CofferError(.bug, "A recorded opening does not open with its broker's key.")
        }
    }

    /// Replays what the job sent to running brokers: the answers are sealed to a key that the attacker lacks.
    private func withoutJobKeyButItsReleases() async throws(CofferError) -> Attempt {
        let world = try await world("overheard")
        let brokers = InProcessBrokers(world)
        _ = try await read(world, as: job, through: brokers)
        let stranger: SealingPrivateKey
        do throws(SealingError) { stranger = try SealingPrivateKey() } catch {
            throw CofferError(.bug, "No key could be made.")
        }
        var answered = 0
        var opened = 0
        for exchange in brokers.exchanges {
            let reply = try await brokers.post(exchange.url, exchange.body, atMost: HTTPLimits.body)
            guard reply.status == 200 else { continue }
            answered += 1
            for box in [exchange.reply.body, reply.body] {
                for use in [HPKEInfo.StatementUse.answer, .answers] {
                    let info = HPKEInfo.statement(
                        use, origin: charter.origin, statement: (try? Hash256(exchange.body.prefix(32))) ?? grant,
                        recipient: stranger.publicKey)
                    if (try? SealedBox.open(box, with: stranger, info: info)) != nil { opened += 1 }
                }
            }
        }
        return Attempt(
            withheld: "job key", how: "what the job sent, recorded and replayed", opened: opened,
            stopped: "\(answered) answers came, sealed to the job's recipient key")
    }
}
