package import Ledger
package import Rules
package import Sealing

/// The checkpoints of a scenario's ledger, as its own key and cosigners sign them.
extension Scenario {
    /// The checkpoint over the first `size` entries, cosigned at a time by everyone, or by these cosigners only.
    package func checkpoint(
        size: Int? = nil, at time: Milliseconds, cosigners: [String]? = nil, signer: String = "ledger"
    ) throws -> SignedNote {
        var frontier = MerkleFrontier()
        for entry in entries.prefix(size ?? entries.count) { frontier.append(leafHash: Merkle.leafHash(entry.encoded)) }
        return try Self.checkpoint(
            size: frontier.size, root: frontier.root, cosigners: cosigners ?? cosignerNames, signer: signer,
            seconds: Seconds(time))
    }

    /// A checkpoint over any tree, by any signer.
    package static func checkpoint(
        size: UInt64, root: Hash256, cosigners: [String] = usualCosigners, signer: String = "ledger", seconds: Seconds
    ) throws -> SignedNote {
        let text = Checkpoint(origin: origin, size: SaturatingUInt64(rawValue: size), root: root).text
        guard let ledger = NoteKey(name: origin, kind: .ed25519, key: publicKey(signer)) else {
            throw NoteError.malformed
        }
        var note = try SignedNote(text: text, signatures: [ledger.sign(text, with: key(signer))])
        for name in cosigners {
            note.add(Cosignature.make(text, by: NoteKey(cosigner: publicKey(name)), with: key(name), time: seconds))
        }
        return note
    }

    /// The cosigners of the usual charter.
    package static let usualCosigners = Scenario().cosignerNames

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
