package import Ledger
package import Rules
package import Sealing

/// How a person names a grant: its entry, the first digits of its hash, or the published note.
package enum GrantReference {
    /// The fewest digits that can name a grant.
    static let shortestPrefix = 6

    /// Throws `.notFound` if no grant matches and `.usage` if several do.
    package static func resolve(_ text: String, note: SignedNote?, in state: LedgerState) throws(CofferError) -> Hash256
    {
        if let note { return try found([note.hash].filter { state.grants[$0] != nil }) }
        if let index = UInt64(text), let hash = state.grants.first(where: { $0.value.mark.index == index })?.key {
            return hash
        }
        let digits = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
        guard digits.utf8.count >= shortestPrefix else {
            throw CofferError(
                .notFound, "Entry \(text) is not a grant.",
                hint: "Name a grant by its entry, by \(shortestPrefix) or more digits of its hash, or by its file.")
        }
        return try found(state.grants.keys.filter { $0.hex.hasPrefix(digits) })
    }

    private static func found(_ hashes: [Hash256]) throws(CofferError) -> Hash256 {
        guard let hash = hashes.first else {
            throw .noSuchGrant
        }
        guard hashes.count == 1 else {
            throw CofferError(.usage, "More than one grant's hash begins with these digits.")
        }
        return hash
    }
}
