package import Client
package import Lake
import Ledger
package import Messages
package import Replica
package import Rules
package import S3
package import Sealing
package import Vault

/// The keyholder's access to the network: one pinned ledger, and the brokers and the lake that its charter names.
package struct LedgerAccess: Sendable {
    package let pin: Pin
    private let address: LedgerAddress
    private let storage: FollowerStorage
    package let now: @Sendable () -> Milliseconds
    let transport: any HTTPTransport
    private let start: TrustedBootstrap?
    /// The pinned charter's terms, which name servers before anything was followed; nil where only the pin is known.
    private let terms: CharterTerms?
    private var lakes: LakeOpener

    /// `named` is the ledger's URL, if the user gives one.
    package init(
        pin: Pin, terms: CharterTerms? = nil, named: String? = nil, storage: FollowerStorage,
        lakes: LakeOpener, start: TrustedBootstrap? = nil, transport: any HTTPTransport = HTTPConnection(),
        now: @escaping @Sendable () -> Milliseconds
    ) {
        self.pin = pin
        self.terms = terms
        self.address = LedgerAddress(pin, named: named, transport: transport)
        self.storage = storage
        self.start = start
        self.transport = transport
        self.lakes = lakes
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

    /// The newest state, and why nothing but stops may be done by it, or why there may be a newer one. Stops go out
    /// whatever the clocks say, so a state that is ahead of this machine's clock counts here.
    package func newest() async throws(CofferError) -> (followed: Followed?, failure: CofferError?) {
        let follower = follower(try await urls(), start)
        do throws(CofferError) { return (try await follower.follow(), nil) } catch {
            guard error.code == .tryLater else { throw error }
            return (await follower.newest, error)
        }
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
        let state = try await known()?.state
        guard let terms = state?.charter?.terms ?? terms else { return [url] }
        return address.sources(terms).urls(state) + [url]
    }

    private func follower(_ urls: [String], _ start: TrustedBootstrap?) -> Follower {
        Follower(
            of: pin, in: storage, from: urls.map { HTTPSource(url: $0, transport: transport) }, start: start, now: now)
    }

    /// A client for the URL that the user gave, else for the ledger of this state.
    package func ledger(_ state: LedgerState?) -> LedgerClient { address.client(state) }

    /// Sends a consent that the vault stores to the ledger. Only a followed state shows whether it stands.
    package func log(_ record: KeptConsent, _ state: LedgerState?) async throws(CofferError) {
        guard let note = try? SignedNote(parsing: record.note) else {
            throw CofferError(.bug, "The stored consent is not a valid signed note.")
        }
        _ = try await ledger(state).append(note)
    }

    func client(_ broker: CharterTerms.Broker) -> BrokerClient {
        BrokerClient(broker, origin: pin.origin, transport: transport)
    }

    package func desk(_ state: LedgerState) throws(CofferError) -> DeskClient {
        DeskClient(url: try Self.terms(state).deskURL, transport: transport)
    }

    /// The lake that the charter in force names, or the one that takes its place on this machine.
    package func lake(_ state: LedgerState) throws(CofferError) -> any Lake {
        try lakes.open(try Self.terms(state).lake)
    }

    /// The same access, with another lake in place of the charter's.
    func naming(lake: String) -> LedgerAccess {
        var access = self
        access.lakes = lakes.naming(lake)
        return access
    }

    /// The sender of stops, by what is known: the last followed state, and the vault's revocation cards.
    package func stops(_ state: LedgerState?, cards: [RevocationCard]) -> StopSender {
        StopSender(
            origin: pin.origin, state: state, cards: cards, ledger: ledger(state), transport: transport,
            lake: state.flatMap { try? lake($0) })
    }

    package static func terms(_ state: LedgerState) throws(CofferError) -> CharterTerms {
        guard let terms = state.charter?.terms else {
            throw CofferError(.tryLater, "The ledger has logged no charter yet.", hint: "Try again in a minute.")
        }
        return terms
    }
}
