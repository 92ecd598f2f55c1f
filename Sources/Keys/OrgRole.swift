/// What a key of the organisation may sign. A key has one role (Design, "Notes and signers").
package enum OrgRole: String, CaseIterable, Sendable {
    case ledger, broker, witness, reviewer, halter, desk, job

    /// Whether it cosigns checkpoints with a key of its own.
    package var cosigns: Bool { self == .broker || self == .witness }
    /// Whether others seal to it: asks to a broker. (A job's recipient key is named by each release.)
    package var isSealedTo: Bool { self == .broker || self == .job }
}
