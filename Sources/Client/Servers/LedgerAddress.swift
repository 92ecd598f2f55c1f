package import Messages
package import Replica
package import Rules

/// Where a pinned ledger is asked: at the address that you name, else where its charter and its amendments say.
package struct LedgerAddress: Sendable {
    private let pinned: String
    /// The address that you name. The pinned one is no other address: the ledger may have moved on from it.
    private let named: String?
    private let transport: any HTTPTransport

    package init(_ pin: Pin, named: String?, transport: any HTTPTransport = HTTPConnection()) {
        self.pinned = pin.ledgerURL
        self.named = named == pin.ledgerURL ? nil : named
        self.transport = transport
    }

    /// Before anything was followed.
    package var url: String { named ?? pinned }

    /// Where the ledger is followed by these terms.
    package func sources(_ terms: CharterTerms) -> NamedSources {
        NamedSources(terms, first: [named].compactMap(\.self), transport: transport)
    }

    /// The ledger as it was last followed.
    package func client(_ state: LedgerState?) -> LedgerClient {
        guard let named else { return LedgerClient(state, else: pinned, transport: transport) }
        return LedgerClient(urls: [named], policies: state?.policies ?? [], transport: transport)
    }
}
