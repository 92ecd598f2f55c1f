import Ledger
import Rules
package import Sealing

/// A log that is being followed: the replayed part, and the checkpoint over it.
struct FollowedLog: Sendable {
    private let pin: Pin
    private var replay: LogReplay
    var checkpoint: VerifiedCheckpoint?
    /// How many entries need no handover: a followed checkpoint, or a state that counts, covers them.
    private(set) var covered: UInt64
    /// The changes of terms since the last followed checkpoint.
    private(set) var crossings: [CharterTransition] = []
    /// The tree from an amendment on that no followed checkpoint covers yet.
    private var sinceAmendment: GrownTree?

    init(pin: Pin, retention: Retention, watching watched: Set<UInt64> = []) {
        self.pin = pin
        self.replay = LogReplay(pin: pin, retention: retention, watching: watched)
        self.covered = 0
    }

    /// Continues from a kept snapshot.
    init(pin: Pin, snapshot: LedgerSnapshot, watching watched: Set<UInt64> = []) {
        self.pin = pin
        self.replay = LogReplay(from: snapshot, watching: watched)
        self.covered = snapshot.size
    }

    /// This log continued from a broker-signed state; remembered snapshots are dropped.
    var bootstrapped: FollowedLog {
        var log = FollowedLog(
            pin: pin, snapshot: LedgerSnapshot(state: state.bootstrapped(), frontier: replay.frontier))
        log.checkpoint = checkpoint
        return log
    }

    var state: LedgerState { replay.state }
    var snapshot: LedgerSnapshot { replay.snapshot }
    var size: UInt64 { replay.size }
    var frontier: MerkleFrontier { replay.frontier }
    var root: Hash256 { replay.root }
    /// The snapshots at the watched sizes.
    var reached: [UInt64: LedgerSnapshot] { replay.reached }
    var followed: Followed? { checkpoint.map { Followed(state: state, checkpoint: $0) } }

    /// The signatures that a checkpoint needs now, by the charter in force at the state's clock.
    var policy: CheckpointPolicy? { replay.state.charter?.terms.checkpointPolicy(origin: pin.origin) }

    @discardableResult
    mutating func append(_ prepared: PreparedEntry?) throws(CofferError) -> Verdict {
        let charters = replay.state.charters.count
        let verdict = try replay.append(prepared)
        if charters > 0, replay.state.charters.count > charters { try cross(charters) }
        if replay.state.announced?.mark.index == size - 1 {
            sinceAmendment = GrownTree(frontier: replay.frontier)
        } else if let prepared {
            sinceAmendment?.leaves.append(prepared.leaf)
        }
        return verdict
    }

    /// Records that the entry just applied is the first under new terms.
    private mutating func cross(_ charters: Int) throws(CofferError) {
        guard let policy = state.charters[charters - 1].terms.checkpointPolicy(origin: pin.origin) else {
            throw .notACheckpoint
        }
        crossings.append(
            CharterTransition(
                charter: charters - 1, policy: policy, amendment: state.charters[charters].mark.index, size: size - 1,
                tree: sinceAmendment))
        sinceAmendment = nil
    }

    /// Takes a verified checkpoint over these entries from this follower's own store, which took it from a source with
    /// every check (`take`). What it covers needs no further check.
    mutating func follow(_ checkpoint: VerifiedCheckpoint) {
        self.checkpoint = checkpoint
        covered = checkpoint.size
        crossings = []
        sinceAmendment = nil
    }

    /// Verifies a checkpoint over exactly these entries: the ledger and a quorum must have signed it.
    func verified(_ note: SignedNote) throws(CofferError) -> VerifiedCheckpoint {
        guard let policy else { throw .notACheckpoint }
        let checkpoint: VerifiedCheckpoint
        do throws(NoteError) { checkpoint = try policy.verify(note) } catch {
            throw error == .noQuorum ? .noQuorum : .notSigned
        }
        guard checkpoint.size == size, checkpoint.root == root else { throw .notACheckpoint }
        return checkpoint
    }
}

extension CofferError {
    static let notACheckpoint = notACheckpoint(from: "ledger")

    package static func notACheckpoint(from server: String) -> CofferError {
        CofferError(.tampering, "The \(server) returned an invalid checkpoint.", rule: "head.format")
    }

    static let otherOrigin = CofferError(.tampering, "The source serves another ledger.", rule: "head.origin")
    static let noEntries = CofferError(.tryLater, "The ledger has no entries yet.", rule: "head.empty")
    static let notSigned = CofferError(
        .tampering, "The ledger's checkpoint has an invalid or missing signature.", rule: "head.signature")
    static let notCovered = CofferError(
        .tampering, "The served entries do not hash to the checkpoint's root.", rule: "entries.root")
    static let noQuorum = CofferError(
        .tryLater, "The ledger's checkpoint is not cosigned by a quorum of its witnesses.",
        rule: "head.quorum", hint: "Try again once enough witnesses are reachable.")
}
