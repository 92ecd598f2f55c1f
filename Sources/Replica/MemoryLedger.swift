package import Ledger
package import Sealing
import Synchronization

/// A follower's store in memory, for one command: a user without a home folder follows from the beginning each time.
package final class MemoryLedger: FollowerStore {
    private struct Followed {
        var entries: [Bytes] = []
        var checkpoint: SignedNote?
    }

    private let followed = Mutex(Followed())

    package init() {}

    package func checkpoint() throws(CofferError) -> SignedNote? { followed.withLock { $0.checkpoint } }

    package func entries(from index: UInt64, count: Int) throws(CofferError) -> [Bytes] {
        followed.withLock { Array($0.entries.dropFirst(Int(clamping: index)).prefix(count)) }
    }

    package func advance(from size: UInt64, appending entries: [Bytes], checkpoint: SignedNote) throws(CofferError)
        -> Bool
    {
        followed.withLock { followed in
            guard followed.entries.count == size else { return false }
            followed.entries += entries
            followed.checkpoint = checkpoint
            return true
        }
    }
}
