import Ledger
import Rules
import Sealing

/// Entries applied one after the other: the tree's edge, the state, and the head over them.
struct FollowedLog: Sendable {
    private let pin: Pin
    private(set) var state: LedgerState
    private var frontier = MerkleFrontier()
    var head: VerifiedCheckpoint?
    /// Entries that are not stored yet.
    var fetched: [Bytes] = []
    /// Where the terms changed since the last head that was followed.
    private(set) var crossings: [CharterTransition] = []
    /// The sizes at which to remember what the log had come to, and what was remembered.
    private let watched: Set<UInt64>
    private(set) var reached: [UInt64: LedgerSnapshot] = [:]
    /// From an amendment that no head which was followed covers.
    private var sinceAmendment: GrownTree?

    init(pin: Pin, retention: Retention) {
        self.pin = pin
        self.state = LedgerState(origin: pin.origin, charterHash: pin.charterHash, retention: retention)
        self.watched = []
    }

    /// From what was kept of it.
    init(pin: Pin, snapshot: LedgerSnapshot, watching watched: Set<UInt64> = []) {
        self.pin = pin
        self.state = snapshot.state
        self.frontier = snapshot.frontier
        self.watched = watched
        remember()
    }

    private mutating func remember() { if watched.contains(size) { reached[size] = snapshot } }

    /// The same log as it goes on from a state of brokers', with nothing left to remember.
    var bootstrapped: FollowedLog {
        var log = FollowedLog(
            pin: pin, snapshot: LedgerSnapshot(state: state.bootstrapped(), frontier: frontier))
        log.head = head
        return log
    }

    var snapshot: LedgerSnapshot { LedgerSnapshot(state: state, frontier: frontier) }
    var size: UInt64 { frontier.size }
    var root: Hash256 { frontier.root }
    var followed: Followed? { head.map { Followed(state: state, head: $0) } }

    /// Whose signatures count now: by the charter in force at the state's clock.
    var policy: CheckpointPolicy? { state.charter?.terms.checkpointPolicy(origin: pin.origin) }

    mutating func append(_ prepared: PreparedEntry?) throws(CofferError) {
        guard let prepared else {
            throw CofferError(
                .tampering, "Entry \(size) is not in its format.", rule: "entries.format", entry: size)
        }
        let charters = state.charters.count
        let verdict = state.apply(prepared.note, stamp: prepared.stamp)
        if charters > 0, state.charters.count > charters { try cross(charters) }
        if size == 0, case .refused = verdict {
            throw CofferError(
                .tampering, "The ledger does not begin with the charter that is pinned.", rule: "charter.pin", entry: 0)
        }
        frontier.append(leafHash: prepared.leaf)
        if state.announced?.mark.index == size - 1 {
            sinceAmendment = GrownTree(frontier: frontier)
        } else {
            sinceAmendment?.leaves.append(prepared.leaf)
        }
        remember()
    }

    /// The entry just applied is the first under new terms.
    private mutating func cross(_ charters: Int) throws(CofferError) {
        guard let policy = state.charters[charters - 1].terms.checkpointPolicy(origin: pin.origin) else {
            throw .notAHead
        }
        crossings.append(
            CharterTransition(
                charter: charters - 1, policy: policy, amendment: state.charters[charters].mark.index, size: size,
                tree: sinceAmendment))
        sinceAmendment = nil
    }

    /// The head over these entries was signed by whom it must be: what it covers needs nobody else to vouch for it.
    mutating func follow(_ head: VerifiedCheckpoint) {
        self.head = head
        crossings = []
        sinceAmendment = nil
    }

    /// The head over exactly these entries, if ledger and quorum signed it.
    func verified(_ note: SignedNote) throws(CofferError) -> VerifiedCheckpoint {
        guard let policy else { throw .notAHead }
        let head: VerifiedCheckpoint
        do throws(NoteError) { head = try policy.verify(note) } catch {
            if error == .noQuorum { throw .noQuorum }
            throw CofferError(.tampering, "The ledger's head is not signed as it must be.", rule: "head.signature")
        }
        guard head.size == size, head.root == root else { throw .notAHead }
        return head
    }
}

extension CofferError {
    static let notAHead = CofferError(.tampering, "What the ledger serves is no head of a log.", rule: "head.format")
    static let notSigned = CofferError(
        .tampering, "The ledger's head is not signed as it must be.", rule: "head.signature")
    static let noQuorum = CofferError(
        .tryLater, "The ledger's head is not cosigned by a quorum of its witnesses.",
        hint: "Try again once enough witnesses are reachable.")
}
