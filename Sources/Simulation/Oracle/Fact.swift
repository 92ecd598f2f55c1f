import Ledger
import Rules
import Sealing

/// A note as the observer knows it: what it says, and who truly signed it.
struct Fact: Sendable {
    let hash: Hash256
    let statement: Statement
    /// By name; nil when a line is by somebody unknown or does not verify.
    let signers: Set<String>?

    init(_ statement: Statement, hash: Hash256, signers: Set<String>?) {
        self.hash = hash
        self.statement = statement
        self.signers = signers
    }

    /// A note that a server made of itself, as brokers make `destroyed`.
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
