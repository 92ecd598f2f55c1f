package import Replica
package import Rules
package import Sealing

// Replica does not import Client: its sources take a transport. These initialisers pass this machine's own connections.

extension HTTPSource {
    /// A server, reached over HTTP from this machine.
    package init(url: String) { self.init(url: url, transport: HTTPConnection()) }
}

extension NamedSources {
    /// The addresses of a charter, reached over HTTP from this machine.
    package init(_ charter: CharterTerms, first: [String] = [], without own: VerifyingKey? = nil) {
        self.init(charter, first: first, without: own, transport: HTTPConnection())
    }
}

extension TrustedBootstrap {
    /// Brokers are asked over HTTP from this machine.
    package init(
        charter: CharterFile?, snapshots: (any SnapshotStore)? = nil, say: @escaping @Sendable (String) -> Void
    ) {
        self.init(charter: charter, snapshots: snapshots, transport: HTTPConnection(), say: say)
    }
}
