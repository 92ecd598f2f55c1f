import HTTPTypes
import Ledger
import Rules
import Sealing
import Serving

/// What the ledger takes: statements by keys in the state, at the charter's rate for each key.
///
/// The rate is charged once for an identity, however often it is sent; sending it again and again has its own bound, so
/// that nobody can use up another's rate with the other's note.
struct Admission: Sendable {
    /// How often the same refused identity may be logged again in an hour.
    static let repeats = 10
    static let hour: Milliseconds = 3_600_000

    private var sent: [VerifyingKey: [Milliseconds]] = [:]
    private var seen: [Hash256: [Milliseconds]] = [:]
    private var swept: Milliseconds = 0

    /// A statement that is in its form and whose signatures verify: all that can be said without a state.
    struct Candidate: Sendable {
        /// As received.
        let bytes: Bytes
        let note: PreparedNote
        let hash: Hash256
        let signers: Set<VerifyingKey>
        let isStopping: Bool
        /// Of a starting statement.
        let until: Milliseconds?

        /// Parses and verifies a body: 413, 400 or 403. It needs no state, so that many are verified at once.
        init(_ body: Bytes) throws(ServerFailure) {
            guard body.count <= SignedNote.maximumCount else { throw .tooLarge(SignedNote.maximumCount) }
            let prepared = PreparedNote(body)
            guard let content = prepared.content else {
                throw .malformed("The body is not a signed note with a known statement.")
            }
            guard let signers = content.validSigners ?? (try? SignedNote(parsing: body).signers()) else {
                throw .refused("signature", "A signature does not verify.")
            }
            self.bytes = body
            self.note = prepared
            self.hash = content.hash
            self.signers = signers
            self.isStopping = content.statement.isStopping
            self.until = content.statement.heading.until
        }
    }

    /// Only what somebody the ledger knows has signed is sequenced: 403.
    static func check(_ candidate: Candidate, in state: LedgerState) throws(ServerFailure) {
        guard state.recognises(candidate.signers) else {
            throw .refused("signature", "No signature is from a key that the ledger knows.")
        }
    }

    /// Charges one statement; 429 beyond the rate. Stopping statements have no rate.
    ///
    /// One whose `until` has passed can never be accepted any more and is not logged: the log's own old notes, which
    /// anyone can read and whose identities are forgotten, would otherwise fill it again.
    mutating func admit(_ candidate: Candidate, in state: LedgerState, now: Milliseconds) throws(ServerFailure) {
        if let until = candidate.until, until < max(now, state.clock) {
            throw .refused("until.past", "The statement is too late: its `until` has passed.")
        }
        guard !candidate.isStopping, let rate = state.charter?.terms.rate else { return }
        sweep(now)
        let before = seen[candidate.hash] ?? []
        guard before.count < Self.repeats else { throw Self.tooMany(since: before[0], now: now) }
        if before.isEmpty {
            let charged = candidate.signers.filter { state.recognises([$0]) }
            for key in charged {
                if let times = sent[key], times.count >= rate, let first = times.first {
                    throw Self.tooMany(since: first, now: now)
                }
            }
            for key in charged { sent[key, default: []].append(now) }
        }
        seen[candidate.hash] = before + [now]
    }

    /// Forgets what is more than an hour old, once a minute.
    private mutating func sweep(_ now: Milliseconds) {
        guard now >= swept + 60_000 || now < swept else { return }
        swept = now
        for (key, times) in sent { sent[key] = times.filter { $0 + Self.hour > now } }
        for (hash, times) in seen { seen[hash] = times.filter { $0 + Self.hour > now } }
        sent = sent.filter { !$0.value.isEmpty }
        seen = seen.filter { !$0.value.isEmpty }
    }

    private static func tooMany(since first: Milliseconds, now: Milliseconds) -> ServerFailure {
        let seconds = Int(clamping: (Seconds(first + hour - now) + 60).rawValue)
        return ServerFailure(
            .tooManyRequests,
            CofferError(
                .tryLater, "This key has used up its rate: try again in \(seconds / 60 + 1) minutes.", rule: "rate"),
            retryAfter: seconds)
    }
}
