package import Sealing

/// A policy file that any C2SP tool reads (c2sp.org/tlog-policy). It tells which checkpoints are trusted: logs,
/// witnesses, groups of them, and the quorum.
///
/// Names have no meaning outside the file; they and URLs are opaque octets.
package struct WitnessPolicy: Hashable, Sendable {
    package struct Log: Hashable, Sendable {
        package let key: VerifierKey
        package let url: Bytes?

        package init(key: VerifierKey, url: Bytes? = nil) {
            self.key = key
            self.url = url
        }
    }

    package struct Witness: Hashable, Sendable {
        package let name: Bytes
        package let key: VerifierKey
        package let url: Bytes?

        package init(name: Bytes, key: VerifierKey, url: Bytes? = nil) {
            self.name = name
            self.key = key
            self.url = url
        }
    }

    /// A group has witnessed a checkpoint if `threshold` of its members have.
    package struct Group: Hashable, Sendable {
        package let name: Bytes
        package let threshold: Int
        /// Names of witnesses and of earlier groups.
        package let members: [Bytes]

        package init(name: Bytes, threshold: Int, members: [Bytes]) {
            self.name = name
            self.threshold = threshold
            self.members = members
        }
    }

    /// The name of the quorum that needs no witness.
    static let none = Bytes("none".utf8)

    package let logs: [Log]
    package let witnesses: [Witness]
    /// Each group comes after the groups that it names.
    package let groups: [Group]
    /// A witness's or a group's name, or `none`.
    package let quorum: Bytes

    /// Makes the same checks as the file's parser.
    package init(logs: [Log], witnesses: [Witness], groups: [Group], quorum: Bytes) throws(PolicyError.Reason) {
        var draft = PolicyDraft()
        for log in logs { try draft.add(log) }
        for witness in witnesses { try draft.add(witness) }
        for group in groups { try draft.add(group) }
        try draft.set(quorum: quorum)
        self = try draft.policy()
    }

    init(_ draft: PolicyDraft, quorum: Bytes) {
        self.logs = draft.logs
        self.witnesses = draft.witnesses
        self.groups = draft.groups
        self.quorum = quorum
    }

    /// Whether it requires no witness. Coffer trusts no checkpoint by such a policy.
    package var isOpen: Bool { quorum == Self.none }

    /// Returns the checkpoint, if one of the logs signed it and the quorum's witnesses cosigned it.
    ///
    /// Refuses the whole note if a line of a known key does not verify. A witness with a key type that Coffer does not
    /// check counts as one that has not cosigned.
    package func verify(_ note: SignedNote) throws(NoteError) -> VerifiedCheckpoint {
        let checkpoint = try Checkpoint(parsing: note.text)
        let keys = logs.map(\.key).filter { $0.name.hasSameBytes(as: checkpoint.origin) }.compactMap(\.noteKey)
        guard !keys.isEmpty else { throw .otherOrigin }
        for key in keys where note.signatures.contains(where: { key.matches($0) && !key.verifies($0, over: note.text) })
        {
            throw .badSignature
        }
        guard let signer = keys.first(where: { key in note.signatures.contains(where: key.matches) }) else {
            throw .unsigned
        }
        let checked = CheckpointPolicy(ledger: signer, witnesses: witnesses.compactMap(\.key.noteKey), quorum: 0)
        let verified = try checked.verifySignatures(note)
        guard let time = quorumTime(verified.cosignatures) else { throw .noQuorum }
        return VerifiedCheckpoint(
            checkpoint: checkpoint, note: note, cosignatures: verified.cosignatures, quorumTime: time)
    }

    /// The latest time at which the quorum was complete; nil without a quorum, and for the quorum `none`.
    private func quorumTime(_ cosignatures: [NoteKey: Seconds]) -> Seconds? {
        var times: [Bytes: Seconds] = [:]
        for witness in witnesses {
            if let key = witness.key.noteKey, let time = cosignatures[key] { times[witness.name] = time }
        }
        for group in groups {
            let reached = group.members.compactMap { times[$0] }.sorted(by: >)
            if reached.count >= group.threshold { times[group.name] = reached[group.threshold - 1] }
        }
        return times[quorum]
    }
}
