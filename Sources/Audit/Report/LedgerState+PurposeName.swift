import Rules
import Sealing

extension LedgerState {
    /// The name of a grant's purpose, for people; without such a purpose, the first digits of its hash.
    func purposeName(of grant: Grant) -> String {
        purposes[grant.purpose]?.purpose.name ?? grant.purpose.prefix8
    }
}
