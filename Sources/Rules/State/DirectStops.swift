package import Sealing

/// Stopping statements that a broker holds directly and the ledger may not show yet.
package struct DirectStops: Hashable, Sendable {
    package var revoked: Set<VerifyingKey> = []
    package var erasures: [ErasedKey: Set<PageID>] = [:]
    /// Halts. A halt no longer counts once an accepted resume names it.
    package var halts: Set<Hash256> = []

    package init() {}

    /// Adds a revoke, an erase or a halt. Returns whether the statement was one of these.
    @discardableResult
    package mutating func hold(_ statement: Statement) -> Bool {
        switch statement {
        case .revoke(let revoke): revoked.insert(revoke.pseudonym)
        case .erase(let erase):
            let key = ErasedKey(pseudonym: erase.pseudonym, consent: erase.consent)
            erasures[key, default: []].formUnion(erase.pages)
        case .halt(let halt): halts.insert(halt.hash)
        default: return false
        }
        return true
    }
}
