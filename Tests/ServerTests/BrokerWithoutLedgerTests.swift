import BrokerServer
import Client
import CofferTestKit
import Ledger
import Messages
import Rules
import Sealing
import Serving
import Testing

@Suite("A broker that has no fresh head")
struct BrokerWithoutLedgerTests {
    @Test("It answers every request with \"try later\" and does not stop")
    func goesOn() async throws {
        let served = try await ServedOrganisation()
        try await served.run {
            served.transport.take("ledger", down: true)
            let end = Task { try await served.stop.run() }
            let pseudonym = SigningKey()
            await #expect(throws: CofferError(.tryLater, "")) {
                try await served.client("acme-1").depositKey(
                    consent: Hash256(of: [1]), pseudonym: pseudonym, now: ServedOrganisation.now())
            }
            for path in ["ask", "deposit"] {
                let reply = try await served.transport.post(
                    "http://acme-1/\(path)", Bytes(repeating: 1, count: 100), atMost: 1 << 16)
                #expect(reply.status == 503, "\(path)")
            }
            #expect(try await served.transport.get("http://acme-1/status", atMost: 1 << 16).status == 200)
            end.cancel()
            await #expect(throws: Never.self) { try await end.value }
        }
    }
}
