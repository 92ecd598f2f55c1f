import Ledger
import Rules
import Sealing

/// A note as the observer knows it: its statement, and who really signed it.
struct Fact: Sendable {
    let hash: Hash256
    let statement: Statement
    /// The names of the signers; nil if a line has an unknown signer or does not verify.
    let signers: Set<String>?

    init(_ statement: Statement, hash: Hash256, signers: Set<String>?) {
        self.hash = hash
        self.statement = statement
        self.signers = signers
    }

    /// A note made by a server itself, such as a broker's `destroyed`.
    init?(parsing note: Bytes) {
        guard let note = try? SignedNote(parsing: note), let statement = try? Statement(parsing: note.text) else {
            return nil
        }
        let keys = try? note.signers()
        let names = keys.map { $0.compactMap(Cast.name) }
        self.init(
            statement, hash: note.hash,
            signers: names.flatMap { $0.count == note.signatures.count ? Set($0) : nil })
    }
}
