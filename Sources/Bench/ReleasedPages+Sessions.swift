import CofferTestKit
import Keys
import Ledger
import Messages
import Rules
import Sealing

extension ReleasedPages {
    /// For each client the requests of a session of its own, opened and about one of the releases. The broker has
    /// answered one session like them before, and its answers were right.
    func sessions(_ clients: Int, asks count: Int, of positions: Int) async throws -> [[[UInt8]]] {
        let places = Array(stride(from: 0, through: releases[0].count - positions, by: positions))
        func message(_ number: Int) -> SessionMessage {
            let start = places[number % places.count]
            return .ask(
                (start..<start + positions).map { AskPosition(at: UInt32($0), kind: "keys", app: "code", day: day) })
        }
        try await check(places.indices.map(message), about: releases[0])
        let texts = places.indices.map { message($0).text }
        var requests: [[[UInt8]]] = []
        for client in 0..<clients {
            let session = try await opened(about: releases[client % releases.count])
            requests.append(
                try (0..<count).map { number in
                    RawHTTP.request(
                        "POST", "/session/ask", body: session.id.bytes + (try session.seal(texts[number % texts.count]))
                    )
                })
        }
        return requests
    }

    /// A session whose messages are sealed without waiting for answers, as only a bench does.
    private final class SealedAhead {
        let id: Hash256
        private var asks: SealingContext

        init(_ id: Hash256, _ asks: consuming SealingContext) {
            self.id = id
            self.asks = asks
        }

        func seal(_ text: Bytes) throws -> Bytes { try asks.seal(text) }
    }

    private func opened(about release: Release) async throws -> SealedAhead {
        let broker = try organisation.key("acme-1")
        guard let sealing = broker.sealingKey?.publicKey else { throw BenchError("no broker acme-1") }
        let info = HPKEInfo.statement(.asks, origin: Organisation.origin, statement: release.hash, recipient: sealing)
        var asks = try SealingContext(to: sealing, info: info)
        let opening = SessionOpening(
            origin: Organisation.origin, release: release.hash, broker: broker.noteKey.publicKey,
            encapsulatedHash: Hash256(of: asks.encapsulated), recipient: recipient.publicKey)
        let note = try SignedNote.message(opening.text, by: job)
        let body = release.hash.bytes + asks.encapsulated + (try asks.seal(note.encoded))
        _ = try post("/session", body)
        return SealedAhead(note.hash, asks)
    }

    private func post(_ path: String, _ body: Bytes) throws -> Bytes {
        let request = RawHTTP.request("POST", path, body: body)
        let (status, reply) = try RawHTTP(port: organisation.port("acme-1")).send(request)
        guard status == 200 else {
            throw BenchError("\(status): \(String(decoding: reply.prefix(300), as: UTF8.self))")
        }
        return reply
    }

    /// Asks all of this in one session, as a job does, and closes it.
    private func check(_ messages: [SessionMessage], about release: Release) async throws {
        let broker = try organisation.key("acme-1")
        guard let sealing = broker.sealingKey?.publicKey else { throw BenchError("no broker acme-1") }
        let session = try await patiently {
            let sent = try SentOpening(
                origin: Organisation.origin, release: release.hash, to: broker.noteKey.publicKey, sealing: sealing,
                recipient: recipient.publicKey, by: job)
            let reply = try post("/session", sent.body)
            return CheckedSession(try sent.answered(by: reply, with: recipient))
        }
        for message in messages + [.close] {
            try session.receive(try post("/session/ask", try session.send(message)), masks: 2)
        }
    }

    /// A session in which every answer is opened and checked.
    private final class CheckedSession {
        private var session: AskingSession

        init(_ session: consuming AskingSession) { self.session = session }

        func send(_ message: SessionMessage) throws -> Bytes { try session.send(message) }

        func receive(_ reply: Bytes, masks: Int) throws { _ = try session.receive(reply, masks: masks) }
    }
}
