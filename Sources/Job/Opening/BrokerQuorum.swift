import Messages
import Rules
import Sealing
import Synchronization

/// All brokers of one roster. Sends an ask to as many as are needed, and to more when some fail or lie.
final class BrokerQuorum: Sendable {
    private let groups: [CharterTerms.Group]
    private let shapes: [GroupShape]
    private let brokers: any BrokerAsking
    private let talk: @Sendable (String) -> Void
    /// Brokers that failed or lied before. They are asked last.
    private let doubted = Mutex<Set<VerifyingKey>>([])

    init(_ groups: [CharterTerms.Group], brokers: any BrokerAsking, talk: @escaping @Sendable (String) -> Void) {
        self.groups = groups
        self.shapes = groups.shapes
        self.brokers = brokers
        self.talk = talk
    }

    /// Gets t answers from every group. Throws when a group has fewer; a refusal takes precedence over no answer.
    func ask(_ ask: Ask, recipient: SealingPrivateKey) async throws(CofferError) -> Partials {
        var partials = Partials(groups: shapes)
        try await widen(&partials, ask, recipient) { $0.threshold }
        return partials
    }

    /// Gets the answer of every broker that gives one.
    func askAll(_ partials: inout Partials, _ ask: Ask, recipient: SealingPrivateKey) async throws(CofferError) {
        try await widen(&partials, ask, recipient) { $0.count }
    }

    /// Asks every broker again, alone for one position of `partials`, in a note that it must sign. Its answer replaces
    /// the one before. Throws if a group has fewer than t answers for this position.
    func askAgain(
        _ partials: inout Partials, position: Int, _ ask: Ask, recipient: SealingPrivateKey
    ) async throws(CofferError) {
        let seats = groups.indices.flatMap { group in groups[group].brokers.indices.map { (group, $0) } }
        var failures: [[CofferError]] = groups.map { _ in [] }
        for (group, broker, result) in await round(seats, ask, recipient, signed: true) {
            switch result {
            case .success(let answer): partials.replace(position, by: answer[0], group: group, broker: broker)
            case .failure(let error):
                failures[group].append(error)
                doubt(error, of: groups[group].brokers[broker])
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
        doubt(broker, error.code == .refused ? "refuses" : "does not answer")
    }

    private func doubt(_ broker: CharterTerms.Broker, _ what: String) {
        if doubted.withLock({ $0.insert(broker.noteKey).inserted }) { talk("broker \(broker.name) \(what)") }
    }

    /// Asks brokers until each group has `wanted` answers or no broker is left. Throws if a group has fewer than t.
    private func widen(
        _ partials: inout Partials, _ ask: Ask, _ recipient: SealingPrivateKey, wanted: (GroupShape) -> Int
    ) async throws(CofferError) {
        var failures: [[Int: CofferError]] = groups.map { _ in [:] }
        while true {
            var next: [(group: Int, broker: Int)] = []
            for group in groups.indices {
                let answered = partials.answers[group]
                let missing = wanted(shapes[group]) - answered.count
                let left = order(group).filter { answered[$0] == nil && failures[group][$0] == nil }
                next += left.prefix(max(missing, 0)).map { (group, $0) }
            }
            if next.isEmpty { break }
            for (group, broker, result) in await round(next, ask, recipient) {
                switch result {
                case .success(let answer): partials.add(answer, group: group, broker: broker)
                case .failure(let error):
                    failures[group][broker] = error
                    doubt(error, of: groups[group].brokers[broker])
                }
            }
        }
        for group in groups.indices where partials.answers[group].count < groups[group].threshold {
            throw Self.shortfall(shapes[group], failures[group].sorted { $0.key < $1.key }.map(\.value))
        }
    }

    private func order(_ group: Int) -> [Int] {
        let doubted = doubted.withLock { $0 }
        let numbers = Array(groups[group].brokers.indices)
        return numbers.filter { !doubted.contains(groups[group].brokers[$0].noteKey) }
            + numbers.filter { doubted.contains(groups[group].brokers[$0].noteKey) }
    }

    private typealias BrokerReply = (group: Int, broker: Int, result: Result<[[Bytes]], CofferError>)

    private func round(
        _ seats: [(group: Int, broker: Int)], _ ask: Ask, _ recipient: SealingPrivateKey, signed: Bool = false
    ) async -> [BrokerReply] {
        await withTaskGroup(of: BrokerReply.self) { tasks in
            for (group, broker) in seats {
                let seat = groups[group].brokers[broker]
                let masks = shapes[group].masks(heldBy: broker).count
                tasks.addTask { [brokers] in
                    do throws(CofferError) {
                        let answer =
                            signed
                            ? try await brokers.askSigned(ask, of: seat, holding: masks, recipient: recipient)
                            : try await brokers.ask(ask, of: seat, holding: masks, recipient: recipient)
                        return (group, broker, .success(answer))
                    } catch {
                        return (group, broker, .failure(error))
                    }
                }
            }
            var replies: [BrokerReply] = []
            for await reply in tasks { replies.append(reply) }
            return replies
        }
    }

    /// Why a group has too few answers: the first refusal, else `.tryLater`.
    private static func shortfall(_ shape: GroupShape, _ failures: [CofferError]) -> CofferError {
        if let refusal = failures.first(where: { $0.code == .refused }) { return refusal }
        return CofferError(
            .tryLater, "Fewer than \(shape.threshold) of \(shape.count) brokers of group \(shape.name) answer.",
            hint: failures.first?.message)
    }
}
