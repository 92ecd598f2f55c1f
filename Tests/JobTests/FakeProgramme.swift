import Messages
import Rules
import Sealing
import Synchronization

@testable import Job

/// A ledger and brokers in memory, whose honesty and reachability a test chooses.
final class FakeProgramme: JobLedger, BrokerAsking {
    enum Manner: Sendable {
        case honest
        case silent
        /// Other partials than the right ones.
        case lies
        case refuses(String)
    }

    struct Ledger: Sendable {
        var ended: [Hash256: CofferError] = [:]
        var erased: Set<PageID> = []
        var halted: CofferError?
        var isReachable = true
        var requests: [Hash256: [Release.Part]] = [:]
        var follows = 0
        var manners: [VerifyingKey: Manner] = [:]
        var asks = 0
        var budget: UInt64 = 10_000
        /// Runs when the ledger is followed for the n-th time or more, or after the n-th ask.
        var afterAsks: (count: Int, change: @Sendable (inout Ledger) -> Void)?
    }

    let job = SigningKey()
    let people: [EmployeeWorld]
    let state = Mutex(Ledger())
    let days: ClosedRange<Day>
    let kinds: [Kind]

    init(
        _ people: [EmployeeWorld], days: ClosedRange<Day> = EmployeeWorld.monday...(EmployeeWorld.monday + 6),
        kinds: [Kind] = Kind.allCases
    ) {
        self.people = people
        self.days = days
        self.kinds = kinds
    }

    var grant: GrantTerms {
        get throws {
            GrantTerms(
                hash: Hash256(of: Array("grant".utf8)), entry: 7, purpose: Hash256(of: Array("purpose".utf8)),
                job: job.publicKey, kinds: kinds, apps: [try AppName("code"), try AppName("xterm")], days: days)
        }
    }

    func set(_ broker: CharterTerms.Broker, _ manner: Manner) { state.withLock { $0.manners[broker.noteKey] = manner } }

    // MARK: Ledger

    struct View: LedgerView {
        let origin = EmployeeWorld.origin
        let now = (EmployeeWorld.monday + 20).start
        let ledger: Ledger
        let grant: GrantTerms
        let consents: [ConsentTerms]

        func liveGrant(_ hash: Hash256) throws(CofferError) -> GrantTerms {
            if let halted = ledger.halted { throw halted }
            guard hash == grant.hash else { throw CofferError(.refused, "No such grant.", rule: "grant.missing") }
            return grant
        }

        func liveConsents(to purpose: Hash256) throws(CofferError) -> [ConsentTerms] {
            consents.filter { ledger.ended[$0.hash] == nil }.sorted { $0.hash < $1.hash }
        }

        func idsLeft(under grant: Hash256) -> UInt64 { ledger.budget }
        func lastEnding(to purpose: Hash256) -> CofferError? { ledger.ended.values.first }
        func ending(of consent: Hash256) -> CofferError? { ledger.ended[consent] }
        func isErased(_ page: PageID, consent: Hash256) -> Bool { ledger.erased.contains(page) }
    }

    func follow() async throws(CofferError) -> any LedgerView {
        let ledger = state.withLock { state in
            state.follows += 1
            return state
        }
        guard ledger.isReachable, let grant = try? grant else { throw CofferError(.tryLater, "The ledger is away.") }
        return View(ledger: ledger, grant: grant, consents: people.map(\.terms))
    }

    func release(
        _ parts: [Release.Part], under grant: Hash256, to recipient: SealingPublicKey
    ) async throws(CofferError) -> (hash: Hash256, entry: UInt64) {
        try state.withLock { state throws(CofferError) in
            guard state.isReachable else { throw CofferError(.tryLater, "The ledger is away.") }
            guard parts.flatMap(\.ids).count <= 1_000, parts.count <= 128, parts.map(\.consent).isAscending,
                parts.allSatisfy({ $0.ids.isAscending && !$0.ids.isEmpty })
            else { throw CofferError(.refused, "Malformed.", rule: "release.form") }
            let entry = UInt64(100 + state.requests.count)
            let hash = Release.name(of: recipient)
            state.requests[hash] = parts
            return (hash, entry)
        }
    }

    // MARK: Brokers

    func ask(_ ask: Ask, of broker: CharterTerms.Broker, holding masks: Int, recipient: SealingPrivateKey)
        async throws(CofferError) -> [[Bytes]]
    {
        let (manner, request) = state.withLock { ($0.manners[broker.noteKey] ?? .honest, $0.requests[ask.release]) }
        let answer = try answer(ask, broker, manner, request)
        state.withLock { state in
            state.asks += 1
            if let after = state.afterAsks, state.asks >= after.count {
                after.change(&state)
                state.afterAsks = nil
            }
        }
        return answer
    }

    private func answer(
        _ ask: Ask, _ broker: CharterTerms.Broker, _ manner: Manner, _ request: [Release.Part]?
    ) throws(CofferError) -> [[Bytes]] {
        switch manner {
        case .silent: throw CofferError(.tryLater, "The broker is away.")
        case .refuses(let rule): throw CofferError(.refused, "Refused.", rule: rule, entry: 9)
        case .honest, .lies: break
        }
        guard let request, (1...Ask.usualPositions).contains(ask.positions.count), ask.positions.map(\.at).isAscending
        else {
            throw CofferError(.refused, "Malformed.", rule: "ask.form")
        }
        let positions = request.flatMap { part in part.ids.map { (part.consent, $0) } }
        var answers: [[Bytes]] = []
        for position in ask.positions {
            let (consent, id) = positions[Int(position.at)]
            guard let person = people.first(where: { $0.consent == consent }) else {
                throw CofferError(.refused, "Nobody.", rule: "consent.missing")
            }
            if let ended = state.withLock({ $0.ended[consent] ?? $0.halted }) { throw ended }
            for (group, members) in person.groups.enumerated() {
                guard let number = members.brokers.firstIndex(of: broker) else { continue }
                let x = ReplicatedPRF.x(
                    consent: consent, page: position.claim.kind == "index" ? .zero : id, kind: position.claim.kind,
                    app: position.claim.app, day: position.claim.day)
                var partials = person.partials(group: group, broker: number, x: x)
                if case .lies = manner { partials = partials.map { $0.map { $0 ^ 1 } } }
                answers.append(partials)
            }
        }
        return answers
    }
}

extension Array where Element: Comparable {
    var isAscending: Bool { zip(self, dropFirst()).allSatisfy { $0 < $1 } }
}
