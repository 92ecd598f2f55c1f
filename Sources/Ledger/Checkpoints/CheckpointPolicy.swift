package import Sealing

/// The signatures that a trusted checkpoint needs: the ledger's, and those of a quorum of its cosigners.
package struct CheckpointPolicy: Hashable, Sendable {
    /// The ledger's key (type 01), named by the origin.
    package let ledger: NoteKey
    /// All cosigners (type 04): every broker and every outside witness.
    package let witnesses: [NoteKey]
    /// How many of them must have cosigned.
    package let quorum: Int

    package init(ledger: NoteKey, witnesses: [NoteKey], quorum: Int) {
        self.ledger = ledger
        self.witnesses = witnesses
        self.quorum = quorum
    }

    /// A majority of the cosigners (Design, "Checkpoints and cosigners").
    package init(ledger: NoteKey, witnesses: [NoteKey]) {
        self.init(ledger: ledger, witnesses: witnesses, quorum: Self.quorum(of: witnesses.count))
    }

    /// How many of so many cosigners are a majority.
    package static func quorum(of cosigners: Int) -> Int { cosigners / 2 + 1 }

    /// Reads a policy file with one log and one flat quorum; nil for other files, and for the quorum `none`.
    package init?(_ policy: WitnessPolicy) {
        guard policy.logs.count == 1, let ledger = policy.logs[0].key.noteKey else { return nil }
        let group = policy.groups.first { $0.name == policy.quorum }
        let members = group?.members ?? [policy.quorum]
        let witnesses = members.compactMap { name in policy.witnesses.first { $0.name == name }?.key.noteKey }
        guard witnesses.count == members.count else { return nil }
        self.init(ledger: ledger, witnesses: witnesses, quorum: group?.threshold ?? 1)
    }

    package var origin: String { ledger.name }

    /// Returns the checkpoint, if the ledger and a quorum of cosigners signed it.
    ///
    /// Refuses the whole note if a line of a known key does not verify, or if a key signs twice.
    package func verify(_ note: SignedNote) throws(NoteError) -> VerifiedCheckpoint {
        let verified = try verifySignatures(note)
        guard verified.cosignatures.count >= quorum, quorum > 0 else { throw .noQuorum }
        return verified
    }

    /// Like `verify`, but with any number of cosignatures: for witnesses, who sign before there is a quorum, and for
    /// evidence.
    package func verifySignatures(_ note: SignedNote) throws(NoteError) -> VerifiedCheckpoint {
        let checkpoint = try Checkpoint(parsing: note.text)
        guard checkpoint.origin.hasSameBytes(as: origin) else { throw .otherOrigin }
        guard checkpoint.extensions.isEmpty else { throw .malformed }
        guard checkpoint.size > 0 || checkpoint.root == Merkle.emptyRoot else { throw .malformed }
        var signed = false
        var cosignatures: [NoteKey: Seconds] = [:]
        for line in note.signatures {
            if ledger.matches(line) {
                guard !signed else { throw .duplicateSigner }
                guard ledger.verifies(line, over: note.text) else { throw .badSignature }
                signed = true
            } else if let witness = witnesses.first(where: { $0.matches(line) }) {
                guard cosignatures[witness] == nil else { throw .duplicateSigner }
                guard let time = Cosignature.time(of: line, by: witness, over: note.text) else { throw .badSignature }
                cosignatures[witness] = time
            }
        }
        guard signed else { throw .unsigned }
        return VerifiedCheckpoint(checkpoint: checkpoint, note: note, cosignatures: cosignatures, quorum: quorum)
    }
}

/// A checkpoint whose signatures have been checked.
package struct VerifiedCheckpoint: Hashable, Sendable {
    package let checkpoint: Checkpoint
    package let note: SignedNote
    /// The time at which each cosigner signed.
    package let cosignatures: [NoteKey: Seconds]
    /// The latest time that a quorum of cosigners has reached; nil when there is no quorum.
    package let quorumTime: Seconds?

    /// At most 2^63 − 1, as every size that a note can name.
    package var size: UInt64 { checkpoint.size.rawValue }
    package var root: Hash256 { checkpoint.root }

    init(checkpoint: Checkpoint, note: SignedNote, cosignatures: [NoteKey: Seconds], quorum: Int) {
        let times = cosignatures.values.sorted(by: >)
        self.init(
            checkpoint: checkpoint, note: note, cosignatures: cosignatures,
            quorumTime: quorum > 0 && times.count >= quorum ? times[quorum - 1] : nil)
    }

    init(checkpoint: Checkpoint, note: SignedNote, cosignatures: [NoteKey: Seconds], quorumTime: Seconds?) {
        self.checkpoint = checkpoint
        self.note = note
        self.cosignatures = cosignatures
        self.quorumTime = quorumTime
    }
}
