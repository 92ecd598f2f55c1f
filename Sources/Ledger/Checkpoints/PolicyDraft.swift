import Sealing

/// A policy while its lines are read in order.
struct PolicyDraft {
    /// Far above the minimum that the format requires of every implementation.
    static let maximumLines = 1024

    private(set) var logs: [WitnessPolicy.Log] = []
    private(set) var witnesses: [WitnessPolicy.Witness] = []
    private(set) var groups: [WitnessPolicy.Group] = []
    private var quorum: Bytes?
    private var names: Set<Bytes> = [WitnessPolicy.none]
    private var members: Set<Bytes> = []

    mutating func add(_ log: WitnessPolicy.Log) throws(PolicyError.Reason) {
        guard log.key.type == NoteKey.Kind.ed25519.rawValue || log.key.type == VerifierKey.mldsa44 else {
            throw .keyType
        }
        guard !logs.contains(where: { $0.key.publicKey == log.key.publicKey }) else { throw .duplicateKey }
        guard logs.count < Self.maximumLines, PolicyText.isWord(log.key, log.url) else { throw .malformed }
        logs.append(log)
    }

    mutating func add(_ witness: WitnessPolicy.Witness) throws(PolicyError.Reason) {
        guard witness.key.type == NoteKey.Kind.cosignature.rawValue || witness.key.type == VerifierKey.mldsa44 else {
            throw .keyType
        }
        guard !witnesses.contains(where: { $0.key.publicKey == witness.key.publicKey }) else { throw .duplicateKey }
        guard witnesses.count < Self.maximumLines, PolicyText.isWord(witness.key, witness.url) else {
            throw .malformed
        }
        try define(witness.name)
        witnesses.append(witness)
    }

    mutating func add(_ group: WitnessPolicy.Group) throws(PolicyError.Reason) {
        guard groups.count < Self.maximumLines, (1...max(group.members.count, 1)).contains(group.threshold),
            !group.members.isEmpty
        else { throw .threshold }
        for member in group.members {
            guard member != WitnessPolicy.none, names.contains(member) else { throw .unknownName }
            guard members.insert(member).inserted else { throw .doubleMember }
        }
        try define(group.name)
        groups.append(group)
    }

    mutating func set(quorum name: Bytes) throws(PolicyError.Reason) {
        guard quorum == nil else { throw .quorum }
        guard names.contains(name) else { throw .unknownName }
        quorum = name
    }

    private mutating func define(_ name: Bytes) throws(PolicyError.Reason) {
        guard PolicyText.isWord(name) else { throw .malformed }
        guard names.insert(name).inserted else { throw .duplicateName }
    }

    func policy() throws(PolicyError.Reason) -> WitnessPolicy {
        guard let quorum else { throw .quorum }
        return WitnessPolicy(self, quorum: quorum)
    }
}
