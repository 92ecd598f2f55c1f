/// What a key of the organisation may sign. A key has one role (Design, "Notes and signers").
package enum OrgRole: String, CaseIterable, Sendable {
    case ledger, broker, witness, reviewer, halter, desk, job

    /// Whether it cosigns checkpoints with a key of its own.
    package var cosigns: Bool { self == .broker || self == .witness }
    /// Whether it has a sealing key: a broker's, to which asks are sealed. A job's stands in its `.pub` file and is not
    /// used, since each release names a recipient key of its own.
    package var isSealedTo: Bool { self == .broker || self == .job }
}
