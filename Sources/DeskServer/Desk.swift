import Client
package import Keys
import Ledger
package import Messages
package import Replica
import Rules
package import Sealing

/// The desk: takes pseudonyms with single-use tokens, and logs the waiting ones, sorted, at most 500 in a note (Design,
/// "Pseudonyms").
///
/// The module DeskServer is the desk's server and the desk's part of the command line. It imports Replica and Client to
/// follow the ledger and append to it, Keys, and Serving.
///
/// `Desk` enrols and publishes, `DeskStore` is the folder with tokens and waiting pseudonyms, and `DeskService`
/// publishes once a UTC day.
///
/// It promises that no file tells which pseudonyms came with which token, or which belong together, and that an
/// interruption loses no pseudonym.
package struct Desk: Sendable {
    package let store: DeskStore
    package let charter: CharterFile
    private let key: SigningKey
    private let follower: Follower
    private let transport: any HTTPTransport
    private let now: @Sendable () -> Milliseconds

    /// Opens the desk's folder, which must exist.
    package init(
        directory: String, key: OrgKeyFile, charter: CharterFile, transport: any HTTPTransport = HTTPConnection(),
        now: @escaping @Sendable () -> Milliseconds
    ) throws(CofferError) {
        // An amendment may name another desk key, so the key is compared with the charter in force only when
        // publishing.
        guard key.role == .desk else {
            throw CofferError(.configuration, "This is the key of a \(key.role.rawValue), not of a desk.")
        }
        self.store = try DeskStore(directory: directory)
        self.charter = charter
        self.key = key.noteKey
        self.now = now
        self.transport = transport
        self.follower = Follower(
            of: charter.pin, in: FollowerStorage(try LedgerDatabase(path: directory + "/ledger.db"), in: directory),
            from: NamedSources(charter.terms, transport: transport), now: now)
    }

    /// Takes a person's enrolment. Returns the number of pseudonyms that wait now.
    package func enrol(_ enrolment: Enrolment) throws(CofferError) -> Int {
        try store.enrol(enrolment, origin: charter.origin, charter: charter.hash)
    }

    /// Logs all waiting pseudonyms. Returns the number of those that the followed log shows as enrolled now. Only such a
    /// pseudonym leaves the list: it cannot be handed in again, since its token is used.
    package func publish() async throws(CofferError) -> Int {
        var published = 0
        var state = try await follower.follow().state
        guard let inForce = state.charter?.hash else { return 0 }
        guard state.charter?.terms.desk.key == key.publicKey else {
            throw CofferError(
                .configuration, "This is not the key of the desk that the charter in force names.",
                hint: "Start the desk with that key.")
        }
        let ledger = LedgerClient(state, else: charter.terms.ledgerURL, transport: transport)
        let waiting = try store.waiting()
        // A key already in the ledger was logged before an interruption, or by another desk.
        let known = waiting.filter { state.roles[$0] != nil }
        if !known.isEmpty { try store.remove(known) }
        var rest = waiting.filter { state.roles[$0] == nil }[...]
        while !rest.isEmpty {
            let keys = Array(rest.prefix(Enrol.maximumPseudonyms))
            let heading = Heading(origin: charter.origin, until: now() + millisecondsPerDay)
            let statement = Enrol(heading: heading, charter: inForce, pseudonyms: keys)
            _ = try await ledger.append(try SignedNote.message(statement.text, by: key))
            state = try await follower.follow().state
            guard state.hasEffect(of: .enrol(statement)) else { throw .notShown(Enrol.type) }
            try store.remove(keys)
            published += keys.count
            rest = rest.dropFirst(keys.count)
        }
        try store.setPublished(Day(of: now()))
        return published
    }
}
