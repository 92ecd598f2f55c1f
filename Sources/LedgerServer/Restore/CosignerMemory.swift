import Ledger
import Messages
import Rules
import Sealing

/// What the cosigners of a log remember of it: each shows the last head that it cosigned (tlog-witness).
struct CosignerMemory: Sendable {
    struct Cosigner: Hashable, Sendable {
        let name: String
        let url: String
        let key: NoteKey
    }

    enum MemoryReply: Sendable {
        /// With its own cosignature; not checked otherwise.
        case head(SignedNote)
        /// It says that it has cosigned none of this log.
        case nothing
        /// No answer, or one that is not of this cosigner.
        case silence
    }

    /// In order of their names.
    let answers: [(cosigner: Cosigner, answer: MemoryReply)]

    /// Asks everyone whom any of these terms name, at once.
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
        guard let reply = try? await transport.get(url, atMost: HTTPLimits.head) else { return .silence }
        if reply.status == 404 { return .nothing }
        guard reply.status == 200, let note = try? SignedNote(head: reply.body),
            note.signatures.contains(where: { Cosignature.time(of: $0, by: cosigner.key, over: note.text) != nil })
        else { return .silence }
        return .head(note)
    }
}
