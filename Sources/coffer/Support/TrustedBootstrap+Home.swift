import Client
import Files
import Replica
import Sealing

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
