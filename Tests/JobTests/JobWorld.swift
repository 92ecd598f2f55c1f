import CofferTestKit
import Ledger
import Messages
import Rules
import Sealing
import Synchronization

@testable import Job

/// The ledger, the brokers and the lake of a world, as a job meets them. The brokers judge every ask; a test chooses
/// which of them are away, lie or refuse.
final class JobWorld: JobLedger, BrokerAsking {
    enum Manner: Hashable, Sendable {
        case honest
        case silent
        /// Other partials than the right ones.
        case lies
        /// Lies in sessions and not in what it must sign alone.
        case liesInSessions
        case refuses(String)
        /// Refuses a person's pages and weeks, as one that holds a stop which the ledger has not logged.
        case refusesPerson(String, rule: String)
        /// Never answers.
        case hangs
        /// Holds nothing of any consent.
        case holdsNothing
    }

    private struct Script {
        var manners: [String: Manner] = [:]
        var asks = 0
        var asked: [String: Int] = [:]
        var signed: [Int] = []
        var closed: [Hash256] = []
        var isLedgerUp = true
        var after: (count: Int, happens: @Sendable (JobWorld) -> Void)?
    }

    /// 2026-11-23, a Monday.
    static let monday: Day = 20_780

    let world: World
    let lake = MemoryLake()
    let job = Scenario.key("job")
    private let script = Mutex(Script())

    /// These people consent, and the job has a grant of these days and kinds.
    init(
        _ people: [String] = ["ada"], days: ClosedRange<Day> = monday...(monday + 6), kinds: [Kind] = Scenario.kinds
    ) throws {
        world = try World(consenting: people, now: (Self.monday + 20).start) { scenario, purpose in
            scenario.grant(purpose, kinds: kinds, from: days.lowerBound, to: days.upperBound)
        }
    }

    var grant: Hash256 { world.grant }
    var state: LedgerState { world.state }
    var clock: ManualClock { world.clock }
    func change(_ body: (inout Scenario) -> Void) { world.change(body) }

    func set(_ broker: String, _ manner: Manner) { script.withLock { $0.manners[broker] = manner } }

    func takeLedgerDown() { script.withLock { $0.isLedgerUp = false } }

    /// After so many asks of brokers, once.
    func after(_ asks: Int, _ happens: @escaping @Sendable (JobWorld) -> Void) {
        script.withLock { $0.after = (asks, happens) }
    }

    /// How often a broker was asked in sessions.
    func asked(_ broker: String) -> Int { script.withLock { $0.asked[broker] ?? 0 } }
    /// How many positions each signed ask had.
    var signed: [Int] { script.withLock(\.signed) }
    /// The releases whose sessions were closed.
    var closed: [Hash256] { script.withLock(\.closed) }

    func revoke(_ person: String = "ada") { world.change { $0.submit($0.revoke(person), by: [person]) } }

    func erase(_ page: Offer.Published, of person: String = "ada") {
        guard let consent = world.offers[person]?.consent else { return }
        world.change { $0.submit($0.erase(person, under: consent, [page.line.page]), by: [person]) }
    }

    func halt() { world.change { $0.submit($0.halt(), by: ["security"]) } }

    /// The ids that the grant allows today.
    let budget: UInt64 = 500

    /// The job names so many ids of no pages.
    func spend(_ ids: UInt64) throws {
        var scenario = world.scenario
        let pages = (0..<Int(ids)).map(Scenario.page).sorted()
        let release = try scenario.release(grant, [world.consent: pages], recipient: "a former recipient")
        let verdict = scenario.submit(release, by: ["job"])
        guard verdict.isAccepted else { throw CofferError(.bug, "\(verdict)") }
        world.scenario = scenario
    }

    // MARK: The lake

    /// Puts a page into the lake; the index is another call's.
    func page(
        _ kind: Kind, _ app: String, _ segments: [[Record]], of person: String = "ada", day: Day = monday
    ) async throws -> Offer.Published {
        let page = try world.offer(person).page(kind, AppName(app), segments, day: day)
        for (name, bytes) in page.objects { await lake.store(name, bytes) }
        return page
    }

    /// Puts a week's index into the lake, the r-th. Returns its name.
    @discardableResult
    func index(
        _ pages: [Offer.Published], of person: String = "ada", monday: Day = monday, r: UInt32 = 0,
        link: IndexLink? = nil
    ) async throws -> Hash256 {
        let index = try world.offer(person).index(pages, monday: monday, r: r, link: link)
        await lake.store(index.name, index.bytes)
        return index.name
    }

    func pseudonym(of person: String = "ada") -> VerifyingKey? { world.offers[person]?.employee.pseudonym.publicKey }

    /// The name of an index that need not exist.
    func indexName(monday: Day, r: UInt32, of person: String = "ada") throws -> Hash256 {
        try world.offer(person).index([], monday: monday, r: r).name
    }

    // MARK: The ledger

    /// The releases of the job, accepted or not, in the ledger.
    var releases: Int { world.state.releases.count }
    /// How many ids they named.
    var ids: Int { world.state.releases.values.reduce(0) { $0 + Int(clamping: $1.release.count) } }

    private func requireLedger() throws(CofferError) {
        guard script.withLock(\.isLedgerUp) else { throw CofferError(.tryLater, "The ledger is away.") }
    }

    func follow() async throws(CofferError) -> any LedgerView {
        try requireLedger()
        return StateView(world.state, now: world.clock.now)
    }

    func release(
        _ parts: [Release.Part], id: ID128, under grant: Hash256, to recipient: SealingPublicKey
    ) async throws(CofferError) -> (hash: Hash256, entry: UInt64) {
        try requireLedger()
        let (release, verdict, size) = world.change { scenario in
            let release = Release(
                heading: Heading(origin: Scenario.origin, id: id, until: scenario.now + 3_600_000), grant: grant,
                recipient: recipient, consents: parts)
            // What was accepted before is not logged again.
            if let known = scenario.state.acceptedReleases[release.hash] {
                return (release, Verdict.accepted(release.hash), known.mark.index + 1)
            }
            let verdict = scenario.submit(release, by: ["job"])
            return (release, verdict, scenario.state.size)
        }
        if case .refused(let refusal) = verdict {
            throw CofferError(.refused, refusal.message, rule: refusal.rule, entry: size - 1)
        }
        return (release.hash, size - 1)
    }

    func erasures(of pages: [Hash256: Set<PageID>]) async throws(CofferError) -> [PageID: UInt64] {
        var found: [PageID: UInt64] = [:]
        for (index, entry) in world.scenario.entries.enumerated() {
            guard let note = try? SignedNote(parsing: entry.note),
                case .erase(let erase) = try? Statement(parsing: note.text)
            else { continue }
            for page in erase.pages where pages[erase.consent]?.contains(page) == true {
                found[page] = found[page] ?? UInt64(index)
            }
        }
        return found
    }

    // MARK: The brokers

    func ask(_ ask: Ask, of broker: CharterTerms.Broker, holding masks: Int, recipient: SealingPrivateKey)
        async throws(CofferError) -> [[Bytes]]
    {
        let manner = script.withLock { script in
            script.asked[broker.name, default: 0] += 1
            return script.manners[broker.name] ?? .honest
        }
        if manner == .hangs { await untilCancelled() }
        let answer = try answer(ask, broker, manner)
        happened()
        return answer
    }

    func askSigned(_ ask: Ask, of broker: CharterTerms.Broker, holding masks: Int, recipient: SealingPrivateKey)
        async throws(CofferError) -> [[Bytes]]
    {
        let manner = script.withLock { script in
            script.signed.append(ask.positions.count)
            return script.manners[broker.name] ?? .honest
        }
        if manner == .hangs { await untilCancelled() }
        let answer = try answer(ask, broker, manner == .liesInSessions ? .honest : manner)
        happened()
        return answer
    }

    func close(_ release: Hash256) async -> [String] {
        script.withLock { $0.closed.append(release) }
        return []
    }

    private func happened() {
        let happens = script.withLock { script -> (@Sendable (JobWorld) -> Void)? in
            script.asks += 1
            guard let after = script.after, script.asks >= after.count else { return nil }
            script.after = nil
            return after.happens
        }
        happens?(self)
    }

    private func answer(
        _ ask: Ask, _ broker: CharterTerms.Broker, _ manner: Manner
    ) throws(CofferError) -> [[Bytes]] {
        switch manner {
        case .silent, .hangs: throw CofferError(.tryLater, "The broker is away.")
        case .holdsNothing:
            var error = CofferError(.tryLater, "It holds no sub-keys.", rule: "deposit.missing")
            error.isReply = true
            throw error
        case .refuses(let rule): throw CofferError(.refused, "Refused.", rule: rule, entry: 9)
        case .honest, .lies, .liesInSessions, .refusesPerson: break
        }
        let state = world.state
        guard let release = state.release(ask.release), (1...Ask.usualPositions).contains(ask.positions.count),
            zip(ask.positions, ask.positions.dropFirst()).allSatisfy({ $0.at < $1.at })
        else { throw CofferError(.refused, "Malformed.", rule: "ask.form") }
        var judge = state.judge(of: release, now: world.clock.now)
        var answers: [[Bytes]] = []
        for position in ask.positions {
            let page: JudgedPage
            var refusal = CofferError(.refused, "Refused.")
            refusal.position = UInt64(position.at)
            do throws(Refusal) { page = try judge.page(at: Int(position.at), position.claim) } catch {
                (refusal.rule, refusal.entry) = (error.rule, error.entry)
                throw refusal
            }
            if case .refusesPerson(let person, let rule) = manner, page.consent == world.offers[person]?.consent {
                refusal.rule = rule
                throw refusal
            }
            guard let offer = world.offers.values.first(where: { $0.consent == page.consent }) else {
                throw CofferError(.refused, "Nobody.", rule: "consent.missing")
            }
            let x = ReplicatedPRF.x(
                consent: page.consent, page: page.page, kind: page.claim.kind, app: page.claim.app, day: page.claim.day)
            let partials = offer.partials(of: broker, x: x)
            let flip: UInt8 = manner == .lies || manner == .liesInSessions ? 1 : 0
            answers.append(partials.map { $0.map { $0 ^ flip } })
        }
        return answers
    }
}
