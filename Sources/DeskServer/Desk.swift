package import Client
import Ledger
import Rules
package import Sealing

/// The desk: takes pseudonyms against tokens, and logs all that wait, sorted, at most 500 a note (DESIGN §4).
package struct Desk: Sendable {
    package let store: DeskStore
    package let charter: CharterFile
    private let key: SigningKey
    private let follower: Follower
    private let ledger: LedgerClient
    private let now: @Sendable () -> Milliseconds

    /// Opens the desk's folder, which must exist.
    package init(
        folder: String, key: OrgKeyFile, charter: CharterFile, transport: any HTTPTransport = HTTPConnection(),
        now: @escaping @Sendable () -> Milliseconds
    ) throws(CofferError) {
        guard key.role == .desk, key.noteKey.publicKey == charter.terms.desk.key else {
            throw CofferError(.configuration, "This is not the key of the desk that the charter names.")
        }
        self.store = try DeskStore(folder: folder)
        self.charter = charter
        self.key = key.noteKey
        self.now = now
        self.ledger = LedgerClient(url: charter.terms.ledgerURL, transport: transport)
        self.follower = Follower(
            pin: charter.pin, store: try LedgerDatabase(path: folder + "/ledger.db"),
            sources: [ledger.source] + charter.terms.brokers.map { HTTPSource(url: $0.url, transport: transport) },
            evidence: EvidenceFolder(path: folder + "/evidence"))
    }

    /// Takes what a person hands in; how many pseudonyms wait then.
    package func enrol(_ enrolment: Enrolment) throws(CofferError) -> Int {
        try store.enrol(enrolment, origin: charter.origin, charter: charter.hash)
    }

    /// Logs all waiting pseudonyms; how many.
    package func publish() async throws(CofferError) -> Int {
        var published = 0
        let state = try await follower.follow().state
        guard let inForce = state.charter?.hash else { return 0 }
        let waiting = try store.waiting()
        // A key that the ledger knows already came through before an interruption, or from elsewhere.
        let known = waiting.filter { state.roles[$0] != nil }
        if !known.isEmpty { try store.remove(known) }
        var rest = waiting.filter { state.roles[$0] == nil }[...]
        while !rest.isEmpty {
            let keys = Array(rest.prefix(Enrol.mostPseudonyms))
            let heading = Heading(origin: charter.origin, until: now() + millisecondsPerDay)
            let statement = Enrol(heading: heading, charter: inForce, pseudonyms: keys)
            _ = try await ledger.append(try SignedNote.message(statement.text, by: key))
            try store.remove(keys)
            published += keys.count
            rest = rest.dropFirst(keys.count)
        }
        try store.setPublished(Day(of: now()))
        return published
    }
}
