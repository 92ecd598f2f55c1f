import HTTPTypes
import Ledger
import Rules
import Sealing
import Serving

/// Decides which statements the ledger takes: those signed by keys in the state, within the charter's rate for each
/// key.
///
/// A statement is charged once, however often it is sent. Repeated sending has its own limit, so that one sender cannot
/// use up another key's rate with that key's note.
struct Admission: Sendable {
    /// How often the same refused statement may be logged again in an hour.
    static let repeats = 10
    static let hour: Milliseconds = 3_600_000

    private var sent: [VerifyingKey: [Milliseconds]] = [:]
    private var seen: [Hash256: [Milliseconds]] = [:]
    private var swept: Milliseconds = 0

    /// A well-formed statement whose signatures verify; both are checked without a state.
    struct Candidate: Sendable {
        /// As received.
        let bytes: Bytes
        let note: PreparedNote
        let hash: Hash256
        let signers: Set<VerifyingKey>
        let isStopping: Bool
        /// The `until` of a starting statement; nil for a stopping one.
        let until: Milliseconds?

        /// Parses and verifies a body; throws 413, 400 or 403. It needs no state, so many bodies can be verified at
        /// once.
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

    /// Throws 403 unless a key known to the ledger has signed the statement.
    static func check(_ candidate: Candidate, in state: LedgerState) throws(ServerFailure) {
        guard state.recognises(candidate.signers) else {
            throw .refused("signature", "No signature is from a key that the ledger knows.")
        }
    }

    /// Charges one statement; throws 429 beyond the rate. A stopping statement has no rate; one that is not free is
    /// refused (`refusal(ofStop:)`), so that it costs nobody anything either.
    ///
    /// A statement whose `until` has passed can never be accepted, so it is not logged. Otherwise anyone could fill the
    /// log with its own old notes, whose identities the ledger has forgotten.
    mutating func admit(_ candidate: Candidate, in state: LedgerState, now: Milliseconds) throws(ServerFailure) {
        if let until = candidate.until, until < max(now, state.clock) {
            throw .refused("until.past", "The statement is too late: its `until` has passed.")
        }
        if candidate.isStopping {
            if let refusal = state.refusal(ofStop: candidate.note) { throw .refused(refusal.rule, refusal.message) }
            return
        }
        guard let rate = state.charter?.terms.rate else { return }
        sweep(now)
        let before = seen[candidate.hash] ?? []
        guard before.count < Self.repeats else { throw Self.tooMany(since: before[0], now: now) }
        if before.isEmpty {
            let charged = candidate.signers.filter { state.recognises([$0]) }
            for key in charged {
                if let times = sent[key], SaturatingUInt64(clamping: times.count) >= rate, let first = times.first {
                    throw Self.tooMany(since: first, now: now)
                }
            }
            for key in charged { sent[key, default: []].append(now) }
        }
        seen[candidate.hash] = before + [now]
    }

    /// Forgets records older than an hour, once a minute.
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
