package import Client
package import Lake
import Ledger
package import Messages
package import Replica
package import Rules
package import Sealing
import Vault

/// The keyholder's access to the network: one pinned ledger, and the brokers and the lake that its charter names.
package struct LedgerAccess: Sendable {
    package let pin: Pin
    private let address: LedgerAddress
    private let storage: FollowerStorage
    package let now: @Sendable () -> Milliseconds
    let transport: any HTTPTransport
    private let start: TrustedBootstrap?

    /// `named` is the ledger's URL, if the user gives one.
    package init(
        pin: Pin, named: String? = nil, storage: FollowerStorage, start: TrustedBootstrap? = nil,
        transport: any HTTPTransport = HTTPConnection(), now: @escaping @Sendable () -> Milliseconds
    ) {
        self.pin = pin
        self.address = LedgerAddress(pin, named: named, transport: transport)
        self.storage = storage
        self.start = start
        self.transport = transport
        self.now = now
    }

    /// The ledger's URL: the pinned one, unless the user gives another.
    package var url: String { address.url }
    package var store: any FollowerStore { storage.store }

    /// The last followed state, without network.
    package func known() async throws(CofferError) -> Followed? { try await follower([], start).replay() }

    /// Follows the ledger, or a broker when the ledger's own server is down.
    package func follow() async throws(CofferError) -> Followed {
        try await follower(try await urls(), start).follow()
    }

    /// Follows the ledger from its first entry, so that the state has every release. A store that began with the
    /// brokers' state fetches the entries before it and replays them.
    package func followFromTheFirstEntry() async throws(CofferError) -> Followed {
        try await follower(try await urls(), nil).follow()
    }

    /// Whether this entry is older than the state that the store began with, so that earlier releases are unknown.
    package func lacks(_ index: UInt64) throws(CofferError) -> Bool {
        guard let bootstrapSize = try (store as? any StartableStore)?.bootstrapSize() else { return false }
        return index < bootstrapSize
    }

    /// An entry of the log, from the store, or from a server with a proof.
    package func entry(_ index: UInt64) async throws(CofferError) -> Bytes? {
        try await follower(try await urls(), start).entry(index)
    }

    private func urls() async throws(CofferError) -> [String] {
        guard let state = try await known()?.state, let terms = state.charter?.terms else { return [url] }
        return address.sources(terms).urls(state) + [url]
    }

    private func follower(_ urls: [String], _ start: TrustedBootstrap?) -> Follower {
        Follower(
            of: pin, in: storage, from: urls.map { HTTPSource(url: $0, transport: transport) }, start: start)
    }

    /// A client for the URL that the user gave, else for the ledger of this state.
    package func ledger(_ state: LedgerState?) -> LedgerClient { address.client(state) }

    /// Logs a consent that the vault stores.
    package func log(_ record: KeptConsent, _ state: LedgerState?) async throws(CofferError) -> AppendAnswer {
        guard let note = try? SignedNote(parsing: record.note) else {
            throw CofferError(.bug, "The stored consent is not a valid signed note.")
        }
        return try await ledger(state).append(note)
    }

    func client(_ broker: CharterTerms.Broker) -> BrokerClient {
        BrokerClient(broker, origin: pin.origin, transport: transport)
    }

    package func desk(_ state: LedgerState) throws(CofferError) -> DeskClient {
        DeskClient(url: try Self.terms(state).deskURL, transport: transport)
    }

    /// The lake that the charter in force names.
    package func lake(_ state: LedgerState) throws(CofferError) -> any Lake {
        try DirectoryLake(url: try Self.terms(state).lake)
    }

    /// The sender of stops to the brokers of the charter in force and of every roster that a consent may be bound to.
    package func stops(_ state: LedgerState) throws(CofferError) -> StopSender {
        let current = try Self.terms(state).groups
        let older = state.rosters.values.filter { $0 != current }.flatMap { $0 }
        return StopSender(
            origin: pin.origin, groups: (current + older).map(StopGroup.init), ledger: ledger(state),
            transport: transport, lake: try? lake(state))
    }

    package static func terms(_ state: LedgerState) throws(CofferError) -> CharterTerms {
        guard let terms = state.charter?.terms else {
            throw CofferError(.tryLater, "The ledger has logged no charter yet.", hint: "Try again in a minute.")
        }
        return terms
    }
}
