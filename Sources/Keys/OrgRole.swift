/// The role of an organisation's key: what it may sign. A key has one role (Design, "Notes and signers").
package enum OrgRole: String, CaseIterable, Sendable {
    case ledger, broker, witness, reviewer, halter, desk, job

    /// Whether it cosigns checkpoints with a key of its own.
    package var cosigns: Bool { self == .broker || self == .witness }
    /// Whether it has a sealing key. Asks are sealed to a broker's. A job's is in its `.pub` file but not used, since
    /// each release names its own recipient key.
    package var isSealedTo: Bool { self == .broker || self == .job }
}
