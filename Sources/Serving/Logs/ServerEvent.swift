/// Everything that a server may write to its log: fixed sentences. What varies stands in a `LogField`.
package enum ServerEvent: String, CaseIterable, Sendable {
    // Every server
    case listening = "listening"
    case stopping = "stopping: finishing the requests under way"
    case request = "request answered"
    case unexpected = "a request met an unexpected error"
    case plain = "listening beyond this machine without TLS: put a proxy that has it in front, or name a certificate"
    case certificateLoaded = "certificate loaded"
    case certificateRefused = "the new certificate cannot be used: the old one stays"
    case certificateEnds = "the certificate ends soon"
    case keyIsReadable = "others can read the certificate's key: chmod 600"
    case nothingToReload = "there is no certificate to load anew"
    /// What a library had to say; its words stay out of the log.
    case library = "a library's event"

    // Ledger
    case batch = "batch committed"
    case noQuorum = "no quorum of cosigners: nothing is published"
    case quorum = "a quorum of cosigners answers again"
    case noCosignature = "no cosignature"
    case otherKeyInForce = "the charter in force names another ledger key: nothing more is taken"

    // Brokers, witnesses, desk
    case inconsistent = "a head of the log does not extend the last one cosigned: it may have forked"
    case cannotFollow = "the ledger cannot be followed"
    case follows = "the ledger is followed again"
    case mustStop = "what was seen of the ledger ends this server"
    case cannotSubmit = "what has to be logged cannot be"
    case subKeysSetAside =
        "the storage key does not open the sub-keys: they were set aside, and deposits must be made again"
    case stateNotKept = "the state of the ledger cannot be kept: the next start replays more of it"
    case amended = "an amendment is in force"
    case pseudonymsLogged = "pseudonyms logged"
    case pseudonymsWait = "pseudonyms cannot be logged"
}

/// Everything that may vary in a line of the log, by its name there.
package enum LogField: String, CaseIterable, Sendable {
    /// Where this server listens: its own configuration.
    case address
    /// The route's pattern, never a request's path.
    case route
    /// An HTTP status.
    case status
    case milliseconds
    case days
    case count
    /// Of a tree.
    case size
    /// An exit code (CommandLine, "Exit codes").
    case code
    /// The rule of a follower's error, of a fixed list.
    case rule
    /// Why a cosigner gave no cosignature.
    case reason
    /// The first eight digits of a cosigner's public key, which the charter names.
    case cosigner
    /// The type of an unexpected error.
    case type
}
