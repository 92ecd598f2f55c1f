import Client
package import Messages
package import Rules
package import Sealing

/// Sends one ask to one broker.
package protocol BrokerAsking: Sendable {
    /// The broker's partials: for each position of the ask, for each mask it holds ascending, 32 bytes.
    func ask(_ ask: Ask, of broker: CharterTerms.Broker, holding masks: Int, recipient: SealingPrivateKey)
        async throws(CofferError) -> [[Bytes]]
}

/// Asks over HTTP. The ask is sealed to the broker and signed by the job; the answer is sealed to the release's
/// recipient and signed inside.
package struct HTTPBrokerAsker: BrokerAsking {
    private let job: SigningKey
    private let transport: any HTTPTransport
    private let judged: JudgedCheckpoints?

    package init(job: SigningKey, transport: any HTTPTransport = HTTPConnection(), judged: JudgedCheckpoints? = nil) {
        self.job = job
        self.transport = transport
        self.judged = judged
    }

    package func ask(_ ask: Ask, of broker: CharterTerms.Broker, holding masks: Int, recipient: SealingPrivateKey)
        async throws(CofferError) -> [[Bytes]]
    {
        let client = BrokerClient(broker, origin: ask.origin, transport: transport)
        let box = try await client.ask(ask, as: job)
        let sealed = try SealedAnswer(opening: box, with: recipient, to: ask, broker: broker.noteKey, masks: masks)
        let answer = sealed.answer
        judged?.add(.init(broker: broker, size: answer.size.rawValue, root: answer.root, source: client.source))
        return sealed.partials
    }
}
