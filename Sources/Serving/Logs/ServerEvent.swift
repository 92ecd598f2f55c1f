/// Every event that a server can log, as a fixed sentence. Values that vary are in a `LogField`.
package enum ServerEvent: String, CaseIterable, Sendable {
    // Every server
    case listening = "listening"
    case stopping = "stopping: finishing the requests under way"
    case request = "request answered"
    case connectionsGaveWay = "there are as many connections as may be: some whose clients let the server wait gave way"
    case connectionsRefused = "there are as many connections or requests as may be: some were refused"
    case readersCut = "some clients took their answers too slowly and were cut off"
    case unexpected = "a request failed with an unexpected error"
    case plain = "listening beyond this machine without TLS: put a TLS proxy in front, or give a certificate"
    case certificateLoaded = "certificate loaded"
    case certificateRefused = "the new certificate cannot be used: the old one stays"
    case certificateEnds = "the certificate ends soon"
    case keyIsReadable = "other users can read the certificate's key: chmod 600"
    case nothingToReload = "no certificate is configured: nothing to load"
    /// An event of a library; its place in the library's source is logged, not its text.
    case library = "a library's event"

    // Ledger
    case batch = "batch committed"
    case noQuorum = "no quorum of cosigners: nothing is published"
    case quorum = "a quorum of cosigners answers again"
    case noCosignature = "no cosignature"
    case clocksApart = "this clock and the cosigners' are apart, or no quorum tells the time: nothing is signed"
    case oldCopy = "a cosigner shows a larger checkpoint by this ledger's own key: the ledger stops"
    case otherKeyInForce = "the charter in force names another ledger key: nothing more is taken"

    // Brokers, witnesses, desk
    case inconsistent = "a checkpoint of the log does not extend the last one cosigned: it may have forked"
    case notTimely = "a checkpoint is not cosigned: its stamps or this server's last one are ahead of this clock"
    case cannotFollow = "the ledger cannot be followed"
    case follows = "the ledger is followed again"
    case mustStop = "the ledger shows a fork or cannot be stored: this server stops"
    case cannotSubmit = "a statement cannot be submitted to the ledger"
    case subKeysSetAside =
        "the storage key does not open the sub-keys: they were set aside, and deposits must be made again"
    case replaying = "replaying the log, until then nothing is served"
    case stateNotKept = "the state of the ledger cannot be kept: the next start replays more of it"
    case amended = "an amendment is in force"
    case pseudonymsLogged = "pseudonyms logged"
    case pseudonymsWait = "pseudonyms cannot be logged"
}

/// The names of the values that can vary in a log line.
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
    /// The size of a tree, in entries.
    case size
    /// An exit code (CommandLine, "Exit codes").
    case code
    /// The rule of a follower's error, from a fixed list.
    case rule
    /// Why a cosigner gave no cosignature.
    case reason
    /// The first eight digits of a cosigner's public key, which the charter names.
    case cosigner
    /// The type of an unexpected error.
    case type
    /// Where a library's source logs its event.
    case place
}
