import Client
import Files
import Replica
import Sealing

extension FollowerStorage {
    /// What this machine has followed of the ledger.
    init(home: Home) throws(CofferError) {
        self.init(
            try LedgerDatabase(path: home.ledgerDatabase), evidence: EvidenceFolder(path: home.evidence),
            snapshots: SnapshotFile(path: home.ledgerDatabase + ".snapshot"))
    }
}

extension TrustedBootstrap {
    /// How a laptop begins to follow. Who has consents in her vault has a history in the log, and replays it; so does
    /// who has the pin alone, after a restore.
    init(home: Home) throws(CofferError) {
        let cards = try DurableFile.names(in: home.vault + "/cards")
        let hasConsents = cards.contains { !$0.hasPrefix(".") }
        self.init(
            charter: hasConsents ? nil : try? PinnedCharter.read(home: home).charter,
            snapshots: SnapshotFile(path: home.ledgerDatabase + ".state"), say: Output.talk)
    }
}
