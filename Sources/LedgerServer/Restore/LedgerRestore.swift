import Client
package import Files
package import Ledger
package import Messages
package import Replica
import Rules
package import Sealing

/// Makes a lost ledger's folder again from what brokers and mirrors have followed.
///
/// The largest head that any source serves, and that stands up to being followed from the charter on, is the one that
/// the ledger goes on from. Why no head that was ever published lies beyond it: a published head is cosigned by a quorum
/// q of n cosigners; a cosigner's heads only grow, and each shows its last. Of n − q + 1 that answer, every quorum has
/// one. So all cosigners of the terms in force are asked, and those of terms that are announced, under which the next
/// head might stand; n − q + 1 of each must show their last head, and none may show one beyond. One that is shown, by
/// however few cosigners, was signed by the ledger, and without its entries the ledger would sign another head in its
/// place: then nothing is restored. A cosigner of the terms in force that remembers nothing counts as silent.
///
/// What a silent minority may have cosigned beyond was never published, and nobody was told that it stood. That a
/// cosigner lies here makes no second history: a head needs a quorum, and any two quorums share one that refuses.
package struct LedgerRestore: Sendable {
    /// What was restored.
    package struct Restored: Sendable {
        /// Signed by the ledger and a quorum, over all entries in the folder.
        package let head: VerifiedCheckpoint
        /// Whose entries they are.
        package let from: String
        /// The sources that could not be used, and why.
        package let failures: [(name: String, error: CofferError)]
        /// The cosigners that have not shown what they last cosigned.
        package let silent: [String]
    }

    private let directory: String
    private let charter: CharterFile
    private let sources: [RestoreSource]
    private let transport: any HTTPTransport
    private let files: any FileSystem

    /// Without sources the brokers are asked: those of the charter, and those that the log names.
    package init(
        directory: String, charter: CharterFile, sources: [RestoreSource] = [],
        transport: any HTTPTransport = HTTPConnection(timeout: 15), files: any FileSystem = DiskFileSystem()
    ) {
        self.directory = directory
        self.charter = charter
        self.sources = sources
        self.transport = transport
        self.files = files
    }

    /// Fills the folder, which must hold no log. What throws leaves a folder that no ledger opens; it can be run again.
    package func run() async throws(CofferError) -> Restored {
        try await requireStopped([charter.terms.ledgerURL])
        let folder = try io { () throws(LogError) in try LogRestoration(directory: directory, files: files) }
        var served = ServedHeads()
        await served.ask(sources.isEmpty ? brokers(charter.terms) : sources)
        while true {
            let largest = try served.largest()
            let follower = try follower(in: folder)
            let followed: Followed
            do throws(CofferError) {
                followed = try await follower.follow(from: largest.from.source, at: largest.note)
            } catch {
                // What this machine cannot do is not the source's fault.
                guard error.code != .configuration else { throw error }
                served.reject(largest, error)
                continue
            }
            let terms = [followed.state.charter?.terms, followed.state.announced?.terms].compactMap(\.self)
            if sources.isEmpty { await served.ask(terms.flatMap(brokers)) }
            guard try served.largest().size <= followed.head.size else { continue }
            for head in served.all { _ = try await agrees(head.note, shownBy: head.from.name, follower, followed) }
            try await requireStopped(Set(terms.map(\.ledgerURL)).subtracting([charter.terms.ledgerURL]))
            let silent = try await askCosigners(terms, follower, followed)
            guard let ledger = terms.first?.ledgerNoteKey(origin: charter.origin) else {
                throw CofferError(.bug, "The head restored to has no terms.")
            }
            try io { () throws(LogError) in try folder.finish(followed.head.note, by: ledger) }
            return Restored(
                head: followed.head, from: largest.from.name, failures: served.failures, silent: silent)
        }
    }

    /// A ledger that still takes statements is not lost, and a second one beside it would sign another history. It alone
    /// says that nothing is no statement: a cache in front of one that is gone does not.
    private func requireStopped(_ urls: Set<String>) async throws(CofferError) {
        for url in urls.sorted() {
            let reply = try? await transport.post(ServerURL.base(url) + "/append", [], atMost: HTTPLimits.body)
            guard reply?.status != 400 else {
                throw CofferError(
                    .configuration, "The ledger still runs at \(url).", rule: "restore.running",
                    hint: "Stop it for good; only a lost ledger is restored.")
            }
        }
    }

    /// One that begins with nothing; evidence of a fork stays in the folder.
    private func follower(in folder: LogRestoration) throws(CofferError) -> Follower {
        let tiles = try io { () throws(LogError) in try folder.begin() }
        return Follower(
            of: charter.pin, in: FollowerStorage(LedgerFolder(tiles), in: directory, files: files), retention: .needed)
    }

    private func brokers(_ terms: CharterTerms) -> [RestoreSource] {
        terms.brokers.map {
            RestoreSource(name: $0.url, source: HTTPSource(url: $0.url, transport: transport))
        }
    }

    /// Whether the ledger signed this head; if it did, it must be one of the log that was followed.
    private func agrees(
        _ note: SignedNote, shownBy name: String, _ follower: Follower, _ followed: Followed
    ) async throws(CofferError) -> Bool {
        let known: VerifiedCheckpoint?
        do throws(CofferError) { known = try await follower.compare(note) } catch {
            guard ["head.signature", "head.format"].contains(error.rule) else { throw error }
            return false
        }
        if known != nil { return true }
        let size = (try? Checkpoint(parsing: note.text))?.size ?? 0
        throw CofferError(
            .notFound,
            "\(name) shows a head over \(size) entries, but the sources have only \(followed.head.size) of them.",
            rule: "restore.entries",
            hint: "Name a mirror that has the entries with --from: without them the ledger cannot continue.")
    }

    /// Who is silent, if those who are not are enough, and none of them has cosigned more.
    private func askCosigners(
        _ terms: [CharterTerms], _ follower: Follower, _ followed: Followed
    ) async throws(CofferError) -> [String] {
        let inForce = terms.first?.cosigners ?? []
        let memory = await CosignerMemory(asking: terms, origin: charter.origin, over: transport)
        var heard: Set<NoteKey> = []
        for (cosigner, answer) in memory.answers {
            let counts =
                switch answer {
                case .head(let note): try await agrees(note, shownBy: cosigner.name, follower, followed)
                case .nothing: !inForce.contains(cosigner.key)
                case .silence: false
                }
            if counts { heard.insert(cosigner.key) }
        }
        let silent = memory.answers.map(\.cosigner).filter { !heard.contains($0.key) }.map(\.name)
        for terms in terms {
            guard let policy = terms.checkpointPolicy(origin: charter.origin) else { continue }
            let needed = policy.witnesses.count - policy.quorum + 1
            let count = policy.witnesses.count(where: heard.contains)
            guard count >= needed else {
                throw CofferError(
                    .tryLater,
                    "\(count) of \(policy.witnesses.count) cosigners show their last head, but \(needed) must: "
                        + "the others could be a quorum that has cosigned more. "
                        + "Silent: \(silent.joined(separator: ", ")).",
                    rule: "restore.cosigners", hint: "Start more cosigners, then run this again.")
            }
        }
        return silent
    }

    private func io<R>(_ body: () throws(LogError) -> R) throws(CofferError) -> R {
        do throws(LogError) { return try body() } catch { throw CofferError(opening: error, directory: directory) }
    }
}
