package import Ledger
import Rules
package import Sealing

extension Witness {
    /// Takes over what the witness's own process has followed: the keys whose signatures count from now on and, before
    /// its first cosignature, the checkpoint that the log must extend.
    package func follow(_ followed: Followed, now: Milliseconds) {
        let origin = followed.state.origin
        begin(origin, size: followed.checkpoint.checkpoint.size, root: followed.checkpoint.root)
        guard let terms = followed.state.charter?.terms else { return }
        trust(followed.state.ledgerKeys(at: now), for: origin, tolerance: terms.tolerance)
    }
}
