package import Messages
package import Rules
package import Sealing

/// Where a ledger is followed: at the addresses that the charter in force names, and at those before and after it.
package struct NamedSources: Sendable {
    private let first: [String]
    private let charter: CharterTerms
    private let own: VerifyingKey?
    private let transport: any HTTPTransport

    /// `first` goes before all others; a broker names itself, so as not to ask itself.
    package init(
        _ charter: CharterTerms, first: [String] = [], without own: VerifyingKey? = nil,
        transport: any HTTPTransport
    ) {
        self.first = first
        self.charter = charter
        self.own = own
        self.transport = transport
    }

    /// The ledger's addresses first, the newest in force before that which is to come; then all brokers'.
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
