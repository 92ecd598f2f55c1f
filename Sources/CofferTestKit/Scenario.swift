internal import Ledger
package import Rules
package import Sealing
package import Crypto

/// A ledger for tests: people whose keys come from their names, a charter, and entries that go through the real `apply`
/// one by one. The calls determine everything.
///
/// The module CofferTestKit holds what several test targets, the simulation and the benchmarks share. It imports no
/// server, no keyholder, no job and no HTTP client, and no product imports it.
///
/// `Scenario` makes a small ledger and `LargeLog` a long one. `World` puts brokers, people and a lake around a ledger;
/// `Organisation` has key files and their charter. `ScriptedTransport` is a network and `ServedLog` a log that others
/// follow. `SimulatedDisk` fails on demand, `ManualClock` moves when a test says so, `SeededGenerator` repeats its random
/// numbers, and `VectorFile` reads known answers from `Tests/Vectors`.
///
/// It promises that the same calls and seeds give the same bytes.
package struct Scenario: Sendable {
    package static let origin = "ledger.example/coffer"
    /// Tuesday 2026-11-24, noon UTC.
    package static let noon: Milliseconds = 1_795_521_600_000
    /// One reviewer of the company and one of the employees' side: a quorum of the usual charter.
    package static let reviewers = ["privacy", "works"]

    package let terms: CharterTerms
    package let charter: Charter
    package private(set) var state: LedgerState
    package private(set) var entries: [Entry] = []
    package private(set) var verdicts: [Verdict] = []
    /// The stamp of the next entry.
    package var now: Milliseconds
    private var made: UInt64 = 0

    /// Starts with the usual charter (`Scenario.terms()`), changed by `change`, as entry 0. If it breaks a rule,
    /// `verdicts[0]` names the rule.
    package init(now: Milliseconds = Scenario.noon, change: (inout CharterTerms) -> Void = { _ in }) {
        var terms = Self.terms()
        change(&terms)
        self.terms = terms
        self.now = now
        let id = ID128(Self.seed("id charter").bytes)
        self.charter = Charter(
            heading: Heading(origin: Self.origin, id: id, until: now + millisecondsPerDay), terms: terms)
        self.state = LedgerState(origin: Self.origin, charterHash: charter.hash)
        submit(charter, by: Self.names(signing: terms))
    }

    /// Signs the statement by these people and appends it, at `now`.
    @discardableResult
    package mutating func submit(_ statement: some StatementContent, by signers: [String]) -> Verdict {
        append(Self.note(statement, by: signers))
    }

    /// Adds `count` entries: revokes, accepted or refused.
    package mutating func grow(by count: Int) {
        for _ in 0..<count { submit(revoke("ann"), by: ["ann"]) }
    }

    /// Appends any bytes as a note, at `now`.
    @discardableResult
    package mutating func append(_ note: Bytes) -> Verdict {
        let entry = Entry(stamp: now, note: note)
        let verdict = state.apply(entry)
        entries.append(entry)
        verdicts.append(verdict)
        return verdict
    }

    /// The note of a statement, signed by these people in this order.
    package static func note(_ statement: some StatementContent, by signers: [String]) -> Bytes {
        let text = statement.text
        return text + [10] + signers.flatMap { NoteKey(signer: publicKey($0)).sign(text, with: key($0)).encoded }
    }

    /// The signed charter, as clients pin it.
    package var charterNote: Bytes { Self.note(charter, by: Self.names(signing: terms)) }

    /// A heading with an id that is unique in this scenario, valid for an hour.
    package mutating func heading(until: Milliseconds? = nil) -> Heading {
        Heading(origin: Self.origin, id: nextID(), until: until ?? now + 3_600_000)
    }

    /// The heading of a stopping statement.
    package mutating func stoppingHeading() -> Heading { Heading(origin: Self.origin, id: nextID(), until: nil) }

    private mutating func nextID() -> ID128 {
        made += 1
        return ID128(Self.seed("id \(made)").bytes)
    }

    // MARK: People

    static func seed(_ name: String) -> Hash256 { Hash256(of: Bytes(name.utf8)) }

    /// The signing key for a name: of an officer, a broker, a pseudonym or a job.
    package static func key(_ name: String) -> SigningKey {
        SigningKey(seed: SymmetricKey(data: seed("key " + name).bytes)) ?? SigningKey()
    }

    package static func publicKey(_ name: String) -> VerifyingKey { key(name).publicKey }

    /// The seed of the key that a broker's asks, or a release's answers, are sealed to.
    package static func sealingSeed(_ name: String) -> SymmetricKey {
        SymmetricKey(data: seed("sealing " + name).bytes)
    }

    /// The sealing key for a name, from that seed.
    package static func sealingKey(_ name: String) throws(SealingError) -> SealingPrivateKey {
        try SealingPrivateKey(seed: sealingSeed(name))
    }
}
