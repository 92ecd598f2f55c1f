import Client
import Files
import Replica
import Sealing

extension FollowerStorage {
    /// The log as this machine has followed it.
    init(home: Home, charter: Hash256) {
        let evidence = EvidenceDirectory(path: home.evidence)
        let copy = LedgerCopy(
            path: home.ledgerDatabase, newest: NewestCheckpoint(path: home.newestCheckpoint), evidence: evidence,
            charter: charter)
        if let hindrance = copy.hindrance {
            Output.talk("The ledger is followed again from its first entry, and not kept: \(hindrance.message)")
        }
        self.init(copy, evidence: evidence, snapshots: SnapshotFile(path: home.ledgerDatabase + ".snapshot"))
    }
}

extension TrustedBootstrap {
    /// How a laptop starts to follow the ledger. It replays the whole log if the vault holds consents, or if it has
    /// only the pin, after a restore; otherwise it may start from a broker state.
    init(home: Home) throws(CofferError) {
        let cards = try DurableFile.names(in: home.vault + "/cards")
        let hasConsents = cards.contains { !$0.hasPrefix(".") }
        self.init(
            charter: hasConsents ? nil : try? PinnedCharter.read(home: home).charter,
            snapshots: SnapshotFile(path: home.ledgerDatabase + ".state"), say: { Output.talk($0.shown) })
    }
}
