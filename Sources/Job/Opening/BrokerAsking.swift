package import Messages
package import Rules
package import Sealing

/// Sends one ask to one broker.
package protocol BrokerAsking: Sendable {
    /// The broker's partials: for each position of the ask, for each mask it holds ascending, 32 bytes.
    func ask(_ ask: Ask, of broker: CharterTerms.Broker, holding masks: Int, recipient: SealingPrivateKey)
        async throws(CofferError) -> [[Bytes]]

    /// The same, in an ask that the job signs alone and an answer that the broker signs alone.
    func askSigned(_ ask: Ask, of broker: CharterTerms.Broker, holding masks: Int, recipient: SealingPrivateKey)
        async throws(CofferError) -> [[Bytes]]

    /// Ends what is open about a release. Returns the names of the brokers that did not sign for their answers.
    func close(_ release: Hash256) async -> [String]
}

/// For brokers without sessions, every ask is alike.
extension BrokerAsking {
    package func askSigned(
        _ ask: Ask, of broker: CharterTerms.Broker, holding masks: Int, recipient: SealingPrivateKey
    ) async throws(CofferError) -> [[Bytes]] {
        try await self.ask(ask, of: broker, holding: masks, recipient: recipient)
    }

    package func close(_ release: Hash256) async -> [String] { [] }
}
