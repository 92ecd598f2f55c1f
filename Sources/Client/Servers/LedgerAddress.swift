package import Messages
package import Replica
package import Rules

/// The address of a pinned ledger: the one that you name, or else the one in its charter and amendments.
package struct LedgerAddress: Sendable {
    private let pinned: String
    /// The address that you name, if any. The pinned address is not tried as a second one, since the ledger may have
    /// moved.
    private let named: String?
    private let transport: any HTTPTransport

    package init(_ pin: Pin, named: String?, transport: any HTTPTransport = HTTPConnection()) {
        self.pinned = pin.ledgerURL
        self.named = named == pin.ledgerURL ? nil : named
        self.transport = transport
    }

    /// The address to use before anything was followed.
    package var url: String { named ?? pinned }

    /// The sources of the ledger by these terms.
    package func sources(_ terms: CharterTerms) -> NamedSources {
        NamedSources(terms, first: [named].compactMap(\.self), transport: transport)
    }

    /// A client of the ledger, by the state that was last followed.
    package func client(_ state: LedgerState?) -> LedgerClient {
        guard let named else { return LedgerClient(state, else: pinned, transport: transport) }
        return LedgerClient(urls: [named], policies: state?.policies ?? [], transport: transport)
    }
}
