import Client
package import Ledger
package import Messages
package import Replica
package import Rules
package import Sealing

/// A server that returns a checkpoint of the log.
package struct WatchedServer: Sendable {
    package let name: String
    /// The server's own cosigner key, whose line its checkpoints must carry; nil if it does not cosign.
    package let cosigner: NoteKey?
    /// Whether it serves entries too, and may be followed.
    package let servesLog: Bool
    /// Whether it is the ledger, which serves each checkpoint first.
    package let isLedger: Bool
    package let source: any EntrySource

    package init(
        name: String, cosigner: NoteKey?, servesLog: Bool, isLedger: Bool = false, source: any EntrySource
    ) {
        self.name = name
        self.isLedger = isLedger
        self.cosigner = cosigner
        self.servesLog = servesLog
        self.source = source
    }

    /// The ledger, every broker's log, and every broker and outside witness as a cosigner.
    package static func all(
        _ terms: CharterTerms, origin: String, ledger: String, brokers: [String]? = nil,
        transport: any HTTPTransport = HTTPConnection(timeout: 10)
    ) -> [WatchedServer] {
        func log(_ name: String, _ url: String, isLedger: Bool = false) -> WatchedServer {
            WatchedServer(
                name: name, cosigner: nil, servesLog: true, isLedger: isLedger,
                source: HTTPSource(url: url, transport: transport))
        }
        func witness(_ name: String, _ url: String, _ cosigner: VerifyingKey) -> WatchedServer {
            WatchedServer(
                name: name, cosigner: NoteKey(cosigner: cosigner), servesLog: false,
                source: WitnessSource(url: url, origin: origin, transport: transport))
        }
        let named = terms.brokers.filter { brokers?.contains($0.url) != false }
        let others = (brokers ?? []).filter { url in !terms.brokers.contains { $0.url == url } }
        return [log("ledger", ledger, isLedger: true)] + named.map { log($0.name, $0.url) }
            + others.map { log($0, $0) }
            + named.map { witness("\($0.name) as witness", $0.url, $0.cosigner) }
            + terms.witnesses.map { witness($0.name, $0.url, $0.key) }
    }
}

/// Reads the newest checkpoint that a witness has cosigned (c2sp.org/tlog-witness, monitor retrieval). It has no
/// entries.
package struct WitnessSource: EntrySource {
    private let url: String
    private let transport: any HTTPTransport

    package init(url: String, origin: String, transport: any HTTPTransport) {
        self.url = ServerURL.base(url) + Witness.checkpointPath(origin)
        self.transport = transport
    }

    package var server: String? { url }

    package func checkpoint() async throws(CofferError) -> Bytes {
        let reply = try await transport.get(url, atMost: HTTPLimits.checkpoint)
        guard reply.status == 200 else {
            throw CofferError(
                reply.status == 404 ? .notFound : .tryLater, "The witness answered with HTTP status \(reply.status).")
        }
        return reply.body
    }

    package func entries(bundle: UInt64, width: Int) async throws(CofferError) -> [ArraySlice<UInt8>] {
        throw CofferError(.notFound, "A witness serves no entries.")
    }
}
