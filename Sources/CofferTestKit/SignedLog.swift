package import Ledger
package import Rules
package import Sealing

/// The checkpoints of a scenario's ledger, as its own key and cosigners sign them.
extension Scenario {
    /// The checkpoint over the first `size` entries, cosigned at a time by everyone, or by these cosigners only.
    package func checkpoint(size: Int? = nil, at time: Milliseconds, cosigners: [String]? = nil) throws -> SignedNote {
        let covered = entries.prefix(size ?? entries.count)
        var frontier = MerkleFrontier()
        for entry in covered { frontier.append(leafHash: Merkle.leafHash(entry.encoded)) }
        let text = Checkpoint(origin: Self.origin, size: SaturatingUInt64(rawValue: frontier.size), root: frontier.root)
            .text
        guard let ledger = terms.ledgerNoteKey(origin: Self.origin) else { throw NoteError.malformed }
        var note = try SignedNote(text: text, signatures: [ledger.sign(text, with: Self.key("ledger"))])
        for name in cosigners ?? cosignerNames {
            let key = Self.key(name)
            note.add(Cosignature.make(text, by: NoteKey(cosigner: key.publicKey), with: key, time: Seconds(time)))
        }
        return note
    }

    /// The state and the tree's edge after the first `size` entries.
    package func replayed(_ size: Int, _ retention: Retention = .everything) -> (LedgerState, MerkleFrontier) {
        var state = LedgerState(origin: Self.origin, charterHash: charter.hash, retention: retention)
        var frontier = MerkleFrontier()
        for entry in entries.prefix(size) {
            state.apply(entry)
            frontier.append(leafHash: Merkle.leafHash(entry.encoded))
        }
        return (state, frontier)
    }

    /// The names of the cosigners' keys; a broker has a separate key for cosigning.
    package var cosignerNames: [String] {
        terms.brokers.map { "cosigner " + $0.name } + terms.witnesses.map(\.name)
    }
}
