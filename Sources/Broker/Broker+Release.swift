import Messages
import Replica
package import Rules
package import Sealing

extension Broker {
    /// A release with its ids, read from the entries that this broker has followed, because its state holds no ids
    /// (Design, "What a state keeps"). Throws rule `release` when none was accepted.
    ///
    /// The folder is not trusted: an entry counts only if it has the hash that the state accepted. If not, this throws
    /// `.tryLater`, so that the client is not refused for this broker's damage.
    package func release(_ hash: Hash256, in state: LedgerState) throws(BrokerRefusal) -> VerifiedRelease {
        guard let accepted = state.acceptedReleases[hash] else { throw .noSuchRelease }
        if let known = releases.release(hash) { return known }
        guard let entry = try? follower.storedEntry(accepted.mark.index),
            let release = state.release(hash, in: entry)
        else {
            throw .tryLater(
                "This broker cannot read the entry of that release in its copy of the ledger.",
                hint: "Ask another broker; this one's operator must set the copy aside and follow the ledger again.")
        }
        releases.keep(release)
        return release
    }
}

extension BrokerRefusal {
    static let noSuchRelease = BrokerRefusal.refused("release", "No such release was accepted.")
}
