import Ledger
import Messages
import Rules

/// The last checkpoints that all cosigners in some terms signed.
struct CosignerMemory: Sendable {
    /// Sorted by name.
    let answers: [(cosigner: Cosigner, answer: Cosigner.LastCheckpoint)]

    /// Asks all cosigners in any of these terms, at once.
    init(asking terms: [CharterTerms], origin: String, over transport: any HTTPTransport) async {
        let answers = await withTaskGroup(of: (Cosigner, Cosigner.LastCheckpoint).self) { group in
            for cosigner in Set(terms.flatMap(\.namedCosigners)) {
                group.addTask { (cosigner, await cosigner.lastCheckpoint(of: origin, over: transport)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        self.answers = answers.sorted { $0.0.name < $1.0.name }.map { (cosigner: $0.0, answer: $0.1) }
    }
}
