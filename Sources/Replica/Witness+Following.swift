package import Ledger
import Rules
package import Sealing

extension Witness {
    /// Takes over what the witness's own process has followed: the keys whose signatures count from now on and, before
    /// its first cosignature, the checkpoint that the log must extend.
    package func follow(_ followed: Followed, now: Milliseconds) {
        let origin = followed.state.origin
        begin(origin, from: WitnessState(size: followed.checkpoint.checkpoint.size, root: followed.checkpoint.root))
        trust(followed.state.ledgerKeys(at: now), for: origin)
    }
}
