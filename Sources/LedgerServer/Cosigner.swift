import Ledger
import Messages
import Rules
import Sealing

/// A broker or an outside witness, as the ledger and those who restore it ask it.
struct Cosigner: Hashable, Sendable {
    let name: String
    let url: String
    let key: NoteKey

    /// What a cosigner says when it is asked for the last checkpoint that it signed (C2SP tlog-witness).
    enum LastCheckpoint: Sendable {
        /// The checkpoint carries this cosigner's cosignature; nothing else was checked.
        case checkpoint(SignedNote)
        /// The cosigner answered that it has cosigned no checkpoint of this log.
        case nothing
        /// No answer, or no cosignature by this cosigner.
        case silence
    }

    func lastCheckpoint(of origin: String, over transport: any HTTPTransport) async -> LastCheckpoint {
        let url = ServerURL.base(url) + Witness.checkpointPath(origin)
        guard let reply = try? await transport.get(url, atMost: HTTPLimits.checkpoint) else { return .silence }
        if reply.status == 404 { return .nothing }
        guard reply.status == 200, let note = try? SignedNote(checkpoint: reply.body),
            note.signatures.contains(where: { Cosignature.time(of: $0, by: key, over: note.text) != nil })
        else { return .silence }
        return .checkpoint(note)
    }
}

extension CharterTerms {
    /// Every broker, then the outside witnesses.
    var namedCosigners: [Cosigner] {
        brokers.map { Cosigner(name: $0.name, url: $0.url, key: NoteKey(cosigner: $0.cosigner)) }
            + witnesses.map { Cosigner(name: $0.name, url: $0.url, key: NoteKey(cosigner: $0.key)) }
    }
}
