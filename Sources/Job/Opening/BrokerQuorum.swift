import Messages
import Rules
import Sealing
import Synchronization

/// All brokers of one roster. Sends an ask to as many as are needed, and to more when some fail, are late or lie.
final class BrokerQuorum: Sendable {
    private struct Known {
        /// Brokers that failed, were late or lied before. They are asked last.
        var doubted: Set<VerifyingKey> = []
        /// Those of them that were late. They are not waited for when there are enough others.
        var late: Set<VerifyingKey> = []
        /// What was said about brokers.
        var said: Set<String> = []
    }

    private let groups: [CharterTerms.Group]
    private let shapes: [GroupShape]
    private let brokers: any BrokerAsking
    private let pause: Pause
    private let talk: @Sendable (String) -> Void
    private let known = Mutex(Known())

    init(
        _ groups: [CharterTerms.Group], brokers: any BrokerAsking, pause: @escaping Pause,
        talk: @escaping @Sendable (String) -> Void
    ) {
        self.groups = groups
        self.shapes = groups.shapes
        self.brokers = brokers
        self.pause = pause
        self.talk = talk
    }

    /// Gets t answers from every group. Throws when a group has fewer; a refusal takes precedence over no answer.
    func ask(_ ask: Ask, recipient: SealingPrivateKey) async throws(CofferError) -> Partials {
        var partials = Partials(groups: shapes)
        try await widen(&partials, ask, recipient) { $0.threshold }
        return partials
    }

    /// Gets the answer of every broker that gives one in time.
    func askAll(_ partials: inout Partials, _ ask: Ask, recipient: SealingPrivateKey) async throws(CofferError) {
        try await widen(&partials, ask, recipient) { $0.count }
    }

    /// Asks every broker again, alone for one position of `partials`, in a note that it must sign. Its answer replaces
    /// the one before. Throws if a group has fewer than t answers for this position.
    func askAgain(
        _ partials: inout Partials, position: Int, _ ask: Ask, recipient: SealingPrivateKey
    ) async throws(CofferError) {
        let race = race(having: groups.map { _ in [] }) { $0.count }
        var failures: [[CofferError]] = groups.map { _ in [] }
        for (seat, result) in await replies(race, ask, recipient, signed: true) {
            switch result {
            case .success(let answer):
                partials.replace(position, by: answer[0], group: seat.group, broker: seat.broker)
            case .failure(let error): failures[seat.group].append(error)
            }
        }
        for group in groups.indices where partials.count(at: position, group: group) < groups[group].threshold {
            throw Self.shortfall(shapes[group], failures[group])
        }
    }

    /// Remembers and reports brokers whose partials were wrong.
    func doubt(_ liars: [(group: Int, broker: Int)]) {
        for liar in liars { doubt(groups[liar.group].brokers[liar.broker], "gave a wrong answer") }
    }

    private func doubt(_ error: CofferError, of broker: CharterTerms.Broker) {
        // It answers for others' pages.
        if error.rule == "deposit.missing" { return say(broker, "holds no sub-keys of a consent that was asked for") }
        doubt(broker, error.code == .refused ? "refuses" : error.isReply ? "cannot answer" : "does not answer")
    }

    private func doubt(_ broker: CharterTerms.Broker, _ what: String) {
        if known.withLock({ $0.doubted.insert(broker.noteKey).inserted }) { say(broker, what) }
    }

    private func say(_ broker: CharterTerms.Broker, _ what: String) {
        let sentence = "broker \(broker.name) \(what)"
        if known.withLock({ $0.said.insert(sentence).inserted }) { talk(sentence) }
    }

    private func isLate(_ seat: AskRace.Seat) {
        let broker = groups[seat.group].brokers[seat.broker]
        known.withLock { _ = $0.late.insert(broker.noteKey) }
        doubt(broker, "answers late")
    }

    /// Asks brokers until each group has `wanted` answers or nobody is waited for. Throws if a group has fewer than t.
    private func widen(
        _ partials: inout Partials, _ ask: Ask, _ recipient: SealingPrivateKey, wanted: (GroupShape) -> Int
    ) async throws(CofferError) {
        var failures: [[Int: CofferError]] = groups.map { _ in [:] }
        let race = race(having: partials.answers.map { Set($0.keys) }, wanted: wanted)
        for (seat, result) in await replies(race, ask, recipient) {
            switch result {
            case .success(let answer): partials.add(answer, group: seat.group, broker: seat.broker)
            case .failure(let error): failures[seat.group][seat.broker] = error
            }
        }
        for group in groups.indices where partials.answers[group].count < groups[group].threshold {
            throw Self.shortfall(shapes[group], failures[group].sorted { $0.key < $1.key }.map(\.value))
        }
    }

    private func race(having answered: [Set<Int>], wanted: (GroupShape) -> Int) -> AskRace {
        let known = known.withLock { $0 }
        var late: Set<AskRace.Seat> = []
        var order: [(order: [Int], answered: Int, wanted: Int, threshold: Int)] = []
        for (group, shape) in shapes.enumerated() {
            let keys = groups[group].brokers.map(\.noteKey)
            let left = keys.indices.filter { !answered[group].contains($0) }
            let isDoubted = { known.doubted.contains(keys[$0]) }
            order.append(
                (
                    left.filter { !isDoubted($0) } + left.filter(isDoubted), answered[group].count, wanted(shape),
                    shape.threshold
                ))
            for broker in left where known.late.contains(keys[broker]) {
                late.insert(AskRace.Seat(group: group, broker: broker))
            }
        }
        return AskRace(order, late: late)
    }

    private typealias Reply = (seat: AskRace.Seat, result: Result<[[Bytes]], CofferError>)

    private enum Event: Sendable {
        case reply(Reply)
        case pause([AskRace.Seat])
    }

    /// What came while the race went on. Who fails or is late is doubted.
    private func replies(
        _ race: AskRace, _ ask: Ask, _ recipient: SealingPrivateKey, signed: Bool = false
    ) async -> [Reply] {
        await withTaskGroup(of: Event.self) { tasks in
            var race = race
            var replies: [Reply] = []
            while true {
                let next = race.next()
                for seat in next {
                    tasks.addTask { await .reply(self.reply(of: seat, ask, recipient, signed: signed)) }
                }
                if !next.isEmpty {
                    tasks.addTask { [pause] in
                        await pause()
                        return .pause(next)
                    }
                }
                guard !race.isOver, let event = await tasks.next() else { break }
                switch event {
                case .reply(let reply):
                    replies.append(reply)
                    switch reply.result {
                    case .success: race.take(reply.seat, isAnswer: true)
                    case .failure(let error):
                        race.take(reply.seat, isAnswer: false)
                        doubt(error, of: groups[reply.seat.group].brokers[reply.seat.broker])
                    }
                case .pause(let seats): for seat in race.miss(seats) { isLate(seat) }
                }
            }
            tasks.cancelAll()
            return replies
        }
    }

    private func reply(
        of seat: AskRace.Seat, _ ask: Ask, _ recipient: SealingPrivateKey, signed: Bool
    ) async -> Reply {
        let broker = groups[seat.group].brokers[seat.broker]
        let masks = shapes[seat.group].masks(heldBy: seat.broker).count
        do throws(CofferError) {
            let answer =
                signed
                ? try await brokers.askSigned(ask, of: broker, holding: masks, recipient: recipient)
                : try await brokers.ask(ask, of: broker, holding: masks, recipient: recipient)
            return (seat, .success(answer))
        } catch {
            return (seat, .failure(error))
        }
    }

    /// Why a group has too few answers: the first refusal, else `.tryLater`.
    private static func shortfall(_ shape: GroupShape, _ failures: [CofferError]) -> CofferError {
        if let refusal = failures.first(where: { $0.code == .refused }) { return refusal }
        let few = "Fewer than \(shape.threshold) of \(shape.count) brokers of group \(shape.name)"
        if let lacking = failures.first, failures.allSatisfy({ $0.rule == lacking.rule }),
            lacking.rule == "deposit.missing"
        {
            return CofferError(
                .tryLater, "\(few) hold sub-keys of a consent.", rule: lacking.rule,
                hint: "The next sync of the laptop that consented deposits them.")
        }
        return CofferError(.tryLater, "\(few) answer.", hint: failures.first?.message)
    }
}
