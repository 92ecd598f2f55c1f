package import Ledger
package import Messages
package import Replica
package import Rules
package import Sealing

/// Sends requests to one broker and checks everything that it signs.
package struct BrokerClient: Sendable {
    package let url: String
    private let origin: String
    /// The broker's note key.
    package let key: VerifyingKey
    /// The key that asks are sealed to; nil when only the broker's key and URL are known, as from a revocation card.
    private let sealing: SealingPublicKey?
    private let transport: any HTTPTransport

    /// A broker from a charter.
    package init(
        _ broker: CharterTerms.Broker, origin: String, transport: any HTTPTransport = HTTPConnection()
    ) {
        self.init(
            url: broker.url, origin: origin, key: broker.noteKey, sealing: broker.sealing, transport: transport)
    }

    package init(
        url: String, origin: String, key: VerifyingKey, sealing: SealingPublicKey? = nil,
        transport: any HTTPTransport = HTTPConnection()
    ) {
        self.url = ServerURL.base(url)
        self.origin = origin
        self.key = key
        self.sealing = sealing
        self.transport = transport
    }

    /// Where to follow the ledger when its own server is down.
    package var source: HTTPSource { HTTPSource(url: url, transport: transport) }

    /// Sends a revoke, an erase or a halt. Once this returns the receipt, the broker obeys it.
    package func stop(_ note: SignedNote) async throws(CofferError) -> Receipt {
        let reply = try await post("/stop", note.encoded)
        return try Receipt(.stop, note: reply, origin: origin, statement: note.hash, broker: key)
    }

    /// Requests a one-time key for a deposit under a consent in force.
    package func depositKey(consent: Hash256, pseudonym: SigningKey, now: Milliseconds)
        async throws(CofferError) -> DepositKeyIssued
    {
        let request = DepositKeyRequest(
            origin: origin, id: Random.bytes(16), until: now + 600_000, consent: consent, broker: key)
        let note = try await post("/deposit/key", try SignedNote.message(request.text, by: pseudonym).encoded)
        guard note.isSigned(byExactly: key), let issued = try? DepositKeyIssued(parsing: note.text),
            issued.origin.hasSameBytes(as: origin), issued.consent == consent, issued.broker == key
        else {
            throw .unusable("\(url) answers with a deposit key that does not match the request.", rule: "deposit.key")
        }
        return issued
    }

    /// Delivers sub-keys sealed to a one-time key.
    package func deposit(consent: Hash256, box: Bytes) async throws(CofferError) -> Receipt {
        let reply = try await post("/deposit", consent.bytes + box)
        return try Receipt(.deposit, note: reply, origin: origin, statement: consent, broker: key)
    }

    /// Whether the broker has this consent's sub-keys. If it lost them, the deposit is made again.
    package func holds(_ consent: Hash256) async throws(CofferError) -> Bool {
        let reply = try await transport.get("\(url)/deposit/\(consent.hex)", atMost: HTTPLimits.note)
        if reply.status == 404 { return false }
        _ = try reply.served(by: "The broker")
        return true
    }

    /// Returns a sealed answer, for `SealedAnswer(opening:)`. A refusal throws `.refused` with its rule, and a message
    /// that names the first bad position.
    package func ask(_ ask: Ask, as job: SigningKey) async throws(CofferError) -> Bytes {
        let sealing = try sealingKey()
        let note = try SignedNote.message(ask.text, by: job)
        let info = HPKEInfo.statement(.ask, origin: origin, statement: ask.release, recipient: sealing)
        let box: Bytes
        do { box = try SealedBox.seal(note.encoded, to: sealing, info: info) } catch { throw .brokerSealingKey }
        return try await transport.post(url + "/ask", ask.release.bytes + box, atMost: HTTPLimits.body)
            .served(by: "The broker")
    }

    /// Opens a session about a release. Nil when this broker has no sessions, because it is older than they are.
    package func openSession(about release: Hash256, recipient: SealingPrivateKey, as job: SigningKey)
        async throws(CofferError) -> OpenSession?
    {
        let sent = try SentOpening(
            origin: origin, release: release, to: key, sealing: try sealingKey(), recipient: recipient.publicKey,
            by: job)
        let reply = try await transport.post(url + "/session", sent.body, atMost: HTTPLimits.note)
        if reply.status == 404 { return nil }
        return OpenSession(try sent.answered(by: try reply.served(by: "The broker"), with: recipient))
    }

    /// Sends a session's next message and takes its answer. After an error the session must be dropped.
    package func send(_ message: SessionMessage, in session: OpenSession, masks: Int)
        async throws(CofferError) -> [[Bytes]]
    {
        let body = try session.send(message)
        let reply = try await transport.post(url + "/session/ask", body, atMost: HTTPLimits.body)
        return try session.receive(try reply.served(by: "The broker"), masks: masks)
    }

    private func sealingKey() throws(CofferError) -> SealingPublicKey {
        guard let sealing else { throw CofferError(.bug, "The broker's sealing key is not known.") }
        return sealing
    }

    private func post(_ path: String, _ body: Bytes) async throws(CofferError) -> SignedNote {
        let reply = try await transport.post(url + path, body, atMost: HTTPLimits.note).served(by: "The broker")
        do { return try SignedNote(parsing: reply) } catch {
            throw .unusable("\(url) does not answer with a signed note.", rule: "receipt.format")
        }
    }
}
