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

extension LedgerState {
    /// The state as it will be once the log has these stops.
    package func obeying(_ stops: DirectStops) -> LedgerState {
        var next = self
        let mark = LogPosition(index: size, time: clock)
        for pseudonym in stops.revoked where pseudonyms[pseudonym]?.revoked == nil {
            next.pseudonyms[pseudonym, default: PseudonymRecord()].revoked = mark
        }
        for (key, pages) in stops.erasures { next.erasures[key, default: []].formUnion(pages) }
        for halt in stops.halts where halts[halt] == nil { next.halts[halt] = HaltRecord(mark: mark) }
        return next
    }
}
