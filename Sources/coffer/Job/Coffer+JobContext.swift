import Client
import Files
import Foundation
import Job
import Keys
import Ledger
import Replica
import Rules
import S3
import Sealing

/// A job's machine: its key, the pinned ledger and the followed log.
struct JobContext {
    let key: SigningKey
    let ledger: JobLedgerClient

    /// The job's key: `COFFER_JOB_KEY`, or a file of the home.
    static func keyPath(_ home: Home) -> String {
        let path = ProcessInfo.processInfo.environment["COFFER_JOB_KEY"] ?? ""
        return path.isEmpty ? home.data + "/job-key" : path
    }

    static func key(_ home: Home) throws -> SigningKey {
        let path = keyPath(home)
        guard FileManager.default.fileExists(atPath: path) else {
            throw CofferError(
                .configuration, "There is no job key at \(path).", hint: "`coffer job init CHARTER` makes one.")
        }
        let file = try OrgKeyFile(readingFrom: path)
        guard file.role == .job else {
            throw CofferError(.configuration, "The key at \(path) is the key of a \(file.role.rawValue), not of a job.")
        }
        return file.noteKey
    }

    init() async throws {
        let home = try Home()
        let pinned = try PinnedCharter.read(home: home, orElse: "Run `coffer job init CHARTER` first.")
        key = try Self.key(home)
        try home.create()
        let follower = try pinned.follower(home: home)
        // Before the log is first followed, the charter names the trusted signers.
        let known = try await follower.replay()?.state
        let client =
            known == nil
            ? LedgerClient(
                url: PinnedCharter.ledgerURL(pinned.pin),
                policy: pinned.charter.terms.checkpointPolicy(origin: pinned.pin.origin))
            : pinned.ledger(known)
        ledger = JobLedgerClient(
            origin: pinned.pin.origin, follower: follower, client: client, job: key, now: Now.milliseconds)
    }

    /// Finds the grant that the user named.
    func grant(_ reference: String, in view: StateView) throws -> Hash256 {
        let note = (try? InputFile.read(reference, atMost: 1 << 20)).flatMap { try? SignedNote(parsing: $0) }
        return try GrantReference.resolve(reference, note: note, in: view.state)
    }

    /// Follows the ledger once and returns everything that a stream needs.
    func epoch(
        _ view: StateView, shard: Shard, _ selection: Selection, _ pictures: Pictures, lakes: LakeOpener,
        secret: EpochSecret, drop: DropRules,
        talk: @escaping @Sendable (String) -> Void
    ) throws -> Epoch {
        guard let terms = view.state.charter?.terms else {
            throw CofferError(.tryLater, "The ledger has logged no charter yet.")
        }
        let judged = JudgedCheckpoints(talk: talk)
        return Epoch(
            ledger: ledger.comparing(judged), brokers: HTTPBrokerAsker(job: key, judged: judged),
            lake: try lakes.open(terms.lake), job: key, shard: shard,
            selection: selection, pictures: pictures, secret: secret, drop: drop, talk: talk)
    }
}
