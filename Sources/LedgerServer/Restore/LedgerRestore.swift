import Client
package import Files
package import Ledger
package import Messages
package import Replica
import Rules
package import Sealing

/// Restores a lost ledger's folder from the logs that brokers and mirrors have followed.
///
/// The ledger continues from the largest checkpoint that any source serves and that can be followed from the charter
/// on. No published checkpoint can be larger, for this reason. A quorum q of the n cosigners signs each published
/// checkpoint, a cosigner's checkpoints only grow, and each cosigner shows its last checkpoint. Any n − q + 1 cosigners
/// include one of every quorum. So all cosigners of the terms in force are asked, and those of announced terms, under
/// which the next checkpoint may be signed. Of each, n − q + 1 must show their last checkpoint, and none may show a
/// larger one. The ledger signed every checkpoint that a cosigner shows; without the entries of a larger checkpoint the
/// ledger would sign a second history, so then nothing is restored. A cosigner of the terms in force that remembers no
/// checkpoint counts as silent.
///
/// A larger checkpoint signed only by a silent minority was never published, and no client was told that its entries
/// are logged. A cosigner that lies here cannot cause a second history: a checkpoint needs a quorum, and any two
/// quorums share an honest cosigner, which refuses.
package struct LedgerRestore: Sendable {
    /// The result of a restoration.
    package struct Restored: Sendable {
        /// The checkpoint over all entries in the folder, signed by the ledger and a quorum.
        package let checkpoint: VerifiedCheckpoint
        /// The source of the entries.
        package let from: String
        /// The sources that could not be used, and why.
        package let failures: [(name: String, error: CofferError)]
        /// The cosigners that did not show their last checkpoint.
        package let silent: [String]
    }

    private let directory: String
    private let charter: CharterFile
    private let sources: [RestoreSource]
    private let transport: any HTTPTransport
    private let files: any FileSystem

    /// Without sources, the brokers are asked: those in the charter and those in the log.
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

    /// Fills the folder, which must hold no log. After an error no ledger opens the folder, and the restoration can be
    /// run again.
    package func run() async throws(CofferError) -> Restored {
        try await requireStopped([charter.terms.ledgerURL])
        let restoration = try io { () throws(LogError) in try LogRestoration(directory: directory, files: files) }
        var served = ServedCheckpoints()
        await served.ask(sources.isEmpty ? brokers(charter.terms) : sources)
        while true {
            let largest = try served.largest()
            let follower = try follower(in: restoration)
            let followed: Followed
            do throws(CofferError) {
                followed = try await follower.follow(from: largest.from.source, at: largest.note)
            } catch {
                // An error of this machine is not the source's fault.
                guard error.code != .configuration else { throw error }
                served.reject(largest, error)
                continue
            }
            let terms = [followed.state.charter?.terms, followed.state.announced?.terms].compactMap(\.self)
            if sources.isEmpty { await served.ask(terms.flatMap(brokers)) }
            guard try served.largest().size <= followed.checkpoint.checkpoint.size else { continue }
            for checkpoint in served.all {
                _ = try await agrees(checkpoint.note, shownBy: checkpoint.from.name, follower, followed)
            }
            try await requireStopped(Set(terms.map(\.ledgerURL)).subtracting([charter.terms.ledgerURL]))
            let silent = try await askCosigners(terms, follower, followed)
            guard let ledger = terms.first?.ledgerNoteKey(origin: charter.origin) else {
                throw CofferError(.bug, "The restored checkpoint has no terms.")
            }
            try io { () throws(LogError) in try restoration.finish(followed.checkpoint.note, by: ledger) }
            return Restored(
                checkpoint: followed.checkpoint, from: largest.from.name, failures: served.failures, silent: silent)
        }
    }

    /// Throws if the ledger still runs: a second ledger beside it would sign another history. An empty statement tests
    /// this: only a running ledger refuses it as malformed, a cache in front of a lost one does not.
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

    /// A follower that starts from nothing; evidence of a fork stays in the folder.
    private func follower(in restoration: LogRestoration) throws(CofferError) -> Follower {
        let tiles = try io { () throws(LogError) in try restoration.begin() }
        return Follower(
            of: charter.pin, in: FollowerStorage(LedgerDirectory(tiles), in: directory, files: files),
            retention: .needed, now: nil)
    }

    private func brokers(_ terms: CharterTerms) -> [RestoreSource] {
        terms.brokers.map {
            RestoreSource(name: $0.url, source: HTTPSource(url: $0.url, transport: transport))
        }
    }

    /// Whether the ledger signed this checkpoint. Throws if it did and the followed log does not contain the
    /// checkpoint.
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
            "\(name) shows a checkpoint over \(size) entries, but the sources have only \(followed.checkpoint.size) of them.",
            rule: "restore.entries",
            hint: "Name a mirror that has the entries with --from: without them the ledger cannot continue.")
    }

    /// The silent cosigners. Throws if too few answer, or if one of them cosigned a larger checkpoint.
    private func askCosigners(
        _ terms: [CharterTerms], _ follower: Follower, _ followed: Followed
    ) async throws(CofferError) -> [String] {
        let inForce = terms.first?.cosigners ?? []
        let memory = await CosignerMemory(asking: terms, origin: charter.origin, over: transport)
        var heard: Set<NoteKey> = []
        for (cosigner, answer) in memory.answers {
            let counts =
                switch answer {
                case .checkpoint(let note): try await agrees(note, shownBy: cosigner.name, follower, followed)
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
                    "\(count) of \(policy.witnesses.count) cosigners show their last checkpoint, but \(needed) must: "
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
