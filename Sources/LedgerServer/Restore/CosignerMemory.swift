import Ledger
import Messages
import Rules
import Sealing

/// The last checkpoints that the cosigners of a log signed; each cosigner serves its own (C2SP tlog-witness).
struct CosignerMemory: Sendable {
    struct Cosigner: Hashable, Sendable {
        let name: String
        let url: String
        let key: NoteKey
    }

    enum MemoryReply: Sendable {
        /// The checkpoint carries this cosigner's cosignature; nothing else was checked.
        case checkpoint(SignedNote)
        /// The cosigner answered that it has cosigned no checkpoint of this log.
        case nothing
        /// No answer, or no cosignature by this cosigner.
        case silence
    }

    /// Sorted by name.
    let answers: [(cosigner: Cosigner, answer: MemoryReply)]

    /// Asks all cosigners in any of these terms, at once.
    init(asking terms: [CharterTerms], origin: String, over transport: any HTTPTransport) async {
        let cosigners = Set(terms.flatMap(Self.cosigners))
        let answers: [(Cosigner, MemoryReply)] = await withTaskGroup(of: (Cosigner, MemoryReply).self) { group in
            for cosigner in cosigners {
                group.addTask { (cosigner, await Self.ask(cosigner, origin, transport)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        self.answers = answers.sorted { $0.0.name < $1.0.name }.map { (cosigner: $0.0, answer: $0.1) }
    }

    private static func cosigners(_ terms: CharterTerms) -> [Cosigner] {
        terms.brokers.map { Cosigner(name: $0.name, url: $0.url, key: NoteKey(cosigner: $0.cosigner)) }
            + terms.witnesses.map { Cosigner(name: $0.name, url: $0.url, key: NoteKey(cosigner: $0.key)) }
    }

    private static func ask(_ cosigner: Cosigner, _ origin: String, _ transport: any HTTPTransport) async -> MemoryReply
    {
        let url = ServerURL.base(cosigner.url) + Witness.checkpointPath(origin)
        guard let reply = try? await transport.get(url, atMost: HTTPLimits.checkpoint) else { return .silence }
        if reply.status == 404 { return .nothing }
        guard reply.status == 200, let note = try? SignedNote(checkpoint: reply.body),
            note.signatures.contains(where: { Cosignature.time(of: $0, by: cosigner.key, over: note.text) != nil })
        else { return .silence }
        return .checkpoint(note)
    }
}
