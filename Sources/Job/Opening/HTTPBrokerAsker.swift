import Client
package import Messages
package import Rules
package import Sealing

/// Asks over HTTP: in sessions, and alone where a session does not serve.
///
/// A session's opening is signed by the job, and its answers are sealed to the release's recipient. A lost reply ends a
/// session, because nobody knows what the broker sealed last; another one is opened. A broker without sessions is asked
/// alone: that needs more of its time and proves no less.
package struct HTTPBrokerAsker: BrokerAsking {
    private let job: SigningKey
    private let transport: any HTTPTransport
    private let judged: JudgedCheckpoints?
    private let pause: Pause
    private let sessions = BrokerSessions()

    /// `pause` is how long a broker may take to sign at the close.
    package init(
        job: SigningKey, transport: any HTTPTransport = HTTPConnection(), judged: JudgedCheckpoints? = nil,
        pause: @escaping Pause = usualPause
    ) {
        self.job = job
        self.pause = pause
        self.transport = transport
        self.judged = judged
    }

    package func ask(_ ask: Ask, of broker: CharterTerms.Broker, holding masks: Int, recipient: SealingPrivateKey)
        async throws(CofferError) -> [[Bytes]]
    {
        // A second session for one that was lost; then no more.
        for _ in 0..<2 {
            guard let idle = try await session(about: ask, with: broker, recipient) else { break }
            do throws(CofferError) {
                let partials = try await idle.client.send(.ask(ask.positions), in: idle.session, masks: masks)
                note(idle)
                sessions.keep(idle, ask.release)
                return partials
            } catch {
                // An ask that is not waited for any more is not repeated.
                guard error.isOfSession, !Task.isCancelled else { throw error }
            }
        }
        return try await askSigned(ask, of: broker, holding: masks, recipient: recipient)
    }

    /// An idle session or another one; nil when the broker has none.
    private func session(about ask: Ask, with broker: CharterTerms.Broker, _ recipient: SealingPrivateKey)
        async throws(CofferError) -> BrokerSessions.Idle?
    {
        if let idle = sessions.take(ask.release, broker) { return idle }
        guard sessions.has(broker.noteKey) else { return nil }
        let client = BrokerClient(broker, origin: ask.origin, transport: transport)
        guard let opened = try await client.openSession(about: ask.release, recipient: recipient, as: job) else {
            sessions.hasNone(broker.noteKey)
            return nil
        }
        let idle = BrokerSessions.Idle(session: opened, broker: broker, client: client)
        note(idle)
        return idle
    }

    package func askSigned(_ ask: Ask, of broker: CharterTerms.Broker, holding masks: Int, recipient: SealingPrivateKey)
        async throws(CofferError) -> [[Bytes]]
    {
        let client = BrokerClient(broker, origin: ask.origin, transport: transport)
        let box = try await client.ask(ask, as: job)
        let sealed = try SealedAnswer(opening: box, with: recipient, to: ask, broker: broker.noteKey, masks: masks)
        let answer = sealed.answer
        judged?.add(.init(broker: broker, size: answer.size.rawValue, root: answer.root, source: client.source))
        return sealed.partials
    }

    /// All at the same time: a broker that hangs holds up nobody.
    package func close(_ release: Hash256) async -> [String] {
        let idle = sessions.takeAll(release)
        guard !idle.isEmpty else { return [] }
        return await withTaskGroup(of: Int?.self) { tasks in
            var unsigned = Set(idle.indices)
            for number in idle.indices {
                tasks.addTask { await self.close(idle[number]) ? number : -1 }
            }
            tasks.addTask { [pause] in
                await pause()
                return nil
            }
            var left = idle.count
            while left > 0, let number = await tasks.next() ?? nil {
                unsigned.remove(number)
                left -= 1
            }
            tasks.cancelAll()
            return unsigned.map { idle[$0].broker.name }.sorted()
        }
    }

    /// Whether the broker signed for what it answered.
    private func close(_ idle: BrokerSessions.Idle) async -> Bool {
        do throws(CofferError) {
            _ = try await idle.client.send(.close, in: idle.session, masks: 0)
            note(idle)
            return true
        } catch {
            return false
        }
    }

    /// Remembers the tree at which the broker signed that it judged.
    private func note(_ idle: BrokerSessions.Idle) {
        let tree = idle.session.tree
        judged?.add(
            .init(broker: idle.broker, size: tree.size.rawValue, root: tree.root, source: idle.client.source))
    }
}

extension CofferError {
    /// Whether another session may do: this one's reply was lost, or the broker does not hold it.
    fileprivate var isOfSession: Bool {
        isReply ? rule?.hasPrefix("session.") ?? false : code == .tryLater
    }
}
