import CofferTestKit
import Files
import Ledger
import Replica
import Rules
import Sealing

/// A broker's stored state on its simulated disk. A restart continues from it; it is as old as the disk.
struct KeptStates: SnapshotStore {
    let files: any FileSystem

    var isKeptByFollower: Bool { false }

    func load(pin: Pin, retention: Retention) -> LedgerSnapshot? {
        guard let bytes = try? files.read("state/snapshot", atMost: 1 << 28),
            let snapshot = try? LedgerSnapshot(parsing: bytes),
            snapshot.size > 0, snapshot.state.pinnedCharter == pin.charterHash, snapshot.state.retention == retention
        else { return nil }
        return snapshot
    }

    func keep(_ snapshot: LedgerSnapshot) throws(CofferError) {
        do throws(FileError) {
            let durable = Durable(files)
            try durable.makeDirectories("state")
            try durable.write(snapshot.encoded, to: "state/snapshot")
        } catch {
            throw CofferError(.configuration, "The state cannot be kept: \(error).")
        }
    }
}
