package import Client
import Ledger
package import Messages
package import Replica
package import Rules
package import Sealing

/// A job's client of the ledger over the network.
package struct JobLedgerClient: JobLedger {
    /// How long a release may take to be logged at least; the rules allow an hour.
    static let patience: Milliseconds = 1_800_000
    /// Releases of the same ids have the same `until` for so long, and so are one release.
    static let pace: Milliseconds = 900_000

    private let origin: String
    private let follower: Follower
    private let client: LedgerClient
    private let job: SigningKey
    private let now: @Sendable () -> Milliseconds
    private var judged: JudgedCheckpoints?

    package init(
        origin: String, follower: Follower, client: LedgerClient, job: SigningKey,
        now: @escaping @Sendable () -> Milliseconds
    ) {
        self.origin = origin
        self.follower = follower
        self.client = client
        self.job = job
        self.now = now
    }

    /// A client that also compares the checkpoints that brokers judged at, each time it follows the ledger.
    package func comparing(_ judged: JudgedCheckpoints) -> JobLedgerClient {
        var line = self
        line.judged = judged
        return line
    }

    package func follow() async throws(CofferError) -> any LedgerView { try await view() }

    /// The state at a checkpoint that a quorum cosigned within the charter's freshness. An older checkpoint could hide
    /// a revocation, so it throws `.tryLater` with rule `head.freshness`.
    package func view() async throws(CofferError) -> StateView {
        var followed = try await follower.follow()
        if let judged {
            try await judged.compare(with: follower)
            followed = await follower.followed ?? followed
        }
        let freshness = followed.state.charter?.terms.freshness ?? 0
        guard let seconds = followed.checkpoint.quorumTime, Milliseconds(seconds) + freshness >= now() else {
            throw CofferError(
                .tryLater, "The ledger's newest checkpoint is too old to open pages with.", rule: "head.freshness",
                hint: "Check that the ledger and its witnesses answer and that this machine's clock is right.")
        }
        return StateView(followed.state, now: now(), root: followed.checkpoint.root)
    }

    package func release(
        _ parts: [Release.Part], id: ID128, under grant: Hash256, to recipient: SealingPublicKey
    ) async throws(CofferError) -> (hash: Hash256, entry: UInt64) {
        let until = Self.pace * ((now() + Self.patience) / Self.pace + 1)
        let heading = Heading(origin: origin, id: id, until: until)
        let (hash, appended) = try await append(
            Release(heading: heading, grant: grant, recipient: recipient, consents: parts))
        return (hash, appended.index.rawValue)
    }

    package func erasures(of pages: [Hash256: Set<PageID>]) async throws(CofferError) -> [PageID: UInt64] {
        guard let state = await follower.followed?.state else { return [:] }
        let keys = Dictionary(
            pages.compactMap { consent, ids in state.consents[consent].map { ($0.consent.pseudonym, (consent, ids)) } }
        ) { a, _ in a }
        // An erase may come before its consent, and never before its pseudonym.
        let first = keys.keys.compactMap { state.pseudonyms[$0]?.enrolled?.index }.min() ?? 0
        var found: [PageID: UInt64] = [:]
        try follower.eachStoredEntry(from: first) { index, bytes in
            guard let entry = try? Entry(parsing: bytes), entry.note.starts(with: Self.erase),
                let note = try? SignedNote(parsing: entry.note),
                case .erase(let erase) = try? Statement(parsing: note.text),
                let (consent, ids) = keys[erase.pseudonym], consent == erase.consent
            else { return }
            for page in erase.pages where ids.contains(page) && found[page] == nil { found[page] = index }
        }
        return found
    }

    private static let erase = Array("coffer/v1/\(Erase.type)\n".utf8)

    /// Signs a statement with the job's key and logs it.
    package func append(_ statement: some StatementContent) async throws(CofferError) -> (Hash256, AppendAnswer) {
        let note = try SignedNote.message(statement.text, by: job)
        return (note.hash, try await client.append(note))
    }
}
