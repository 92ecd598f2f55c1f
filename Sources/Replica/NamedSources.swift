package import Messages
package import Rules
package import Sealing

/// The sources of a ledger: the addresses in the terms in force, in announced terms, and in the given charter.
package struct NamedSources: Sendable {
    private let first: [String]
    private let charter: CharterTerms
    private let own: VerifyingKey?
    private let transport: any HTTPTransport

    /// `first` comes before all others. A broker passes its own key as `own`, so that it does not ask itself.
    package init(
        _ charter: CharterTerms, first: [String] = [], without own: VerifyingKey? = nil,
        transport: any HTTPTransport
    ) {
        self.first = first
        self.charter = charter
        self.own = own
        self.transport = transport
    }

    /// The ledger's addresses first, the one in force before the announced one; then all brokers' addresses.
    package func urls(_ state: LedgerState?) -> [String] {
        let all = [state?.charter?.terms, state?.announced?.terms, charter].compactMap(\.self)
        let brokers = all.flatMap(\.brokers).filter { $0.noteKey != own }
        var seen: Set<String> = []
        return (first + all.map(\.ledgerURL) + brokers.map(\.url)).filter { seen.insert($0).inserted }
    }

    package func sources(_ state: LedgerState?) -> [any EntrySource] {
        urls(state).map { HTTPSource(url: $0, transport: transport) }
    }
}
