/// Bugs that the simulation must find, to test the simulation itself. Each is planted from outside; production code has
/// no switch for it.
package enum PlantedBug: String, CaseIterable, Sendable {
    /// A broker does not check the review window.
    case skippedWindow = "skip the window check"
    /// A broker answers for days, kinds and apps that the grant does not name.
    case skippedScope = "skip the check of kind, app and day"
    /// A broker answers for pages that were erased.
    case ignoredErase = "ignore an erase"
    /// A broker answers while the programme is halted.
    case ignoredHalt = "ignore a halt"
    /// A broker answers at a checkpoint without recent cosignatures.
    case staleCheckpoint = "skip the freshness check"
    /// A broker takes a checkpoint that one cosigner has signed.
    case oneCosigner = "take one cosigner for a quorum"
    /// A broker answers anyone who asks, not only the grant's job.
    case anyJob = "skip the job's signature"
    /// A broker seals its answer to a key that the log does not name.
    case otherRecipient = "seal to another recipient"
    /// A broker seals its answer to the key in the ask, without comparing it with the release's recipient.
    case askedRecipient = "skip the check of the recipient"
    /// A broker opens a session with a note that the job made for another broker.
    case relayedOpening = "take an opening that another broker relays"
    /// A broker does not look at stops that came after a session's opening.
    case sessionStops = "skip the additions to the stops in a session"
    /// A broker counts the day's budget from zero for each release.
    case forgottenBudget = "forget what was spent"
    /// A broker accepts entries with stamps ahead of its clock.
    case skippedTolerance = "skip the clock tolerance"
    /// A broker destroys what has ended by the ledger's stamps.
    case ledgersClock = "destroy by the ledger's clock"
    /// A broker signs a receipt for a stop before it holds it.
    case receiptFirst = "sign the receipt first"
    /// A broker keeps received stops only in memory.
    case forgottenStops = "forget stops at a restart"
    /// A broker's key medium keeps erased keys, so that a backup of the sub-keys opens again.
    case keptKeys = "keep the old storage key"
    /// A broker signs for a deposit that is not yet on its disk.
    case unsyncedKeys = "do not sync the sub-keys"
    /// After a restart the witnesses have forgotten what they cosigned.
    case forgetfulWitness = "forget the last checkpoint cosigned"
    /// The ledger publishes before its files are on the disk.
    case unsyncedLedger = "do not sync the ledger"
    /// A ledger goes on signing on whatever disk it finds, without asking its cosigners.
    case unaskedCosigners = "sign without asking the cosigners"
    /// A broker follows a log whose terms changed, without a checkpoint of the old cosigners over the amendment.
    case uncheckedHandover = "skip the check of the handover"
    /// A laptop believes an unproven answer that the ledger has its stop already.
    case believedDuplicate = "believe a duplicate"
    /// A laptop drops a stop that was refused at an entry.
    case droppedRefusal = "drop a stop on a 403"
    /// A laptop counts receipts of any roster's brokers.
    case anyRoster = "count a receipt of another roster"
    /// A keyholder sends a broker's sub-keys without sealing them.
    case openDeposit = "do not seal a deposit"
    /// A keyholder makes page keys without one of the sub-keys.
    case thinKey = "leave a sub-key out of the page key"

    package var sentence: String { rawValue }
}
