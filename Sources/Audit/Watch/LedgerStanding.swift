import Ledger
package import Replica
package import Sealing

/// How the ledger stands beside the largest checkpoint that a quorum signed. The ledger publishes a checkpoint before any
/// other server can serve it, so one that serves less afterwards runs on an old copy of its log.
package enum LedgerStanding: Sendable {
    case newest
    case back(size: SaturatingUInt64, known: UInt64)
    case silent(CofferError)

    /// Asks the ledger now. What is known must have been seen before, so that the ledger cannot just have grown.
    package static func now(of ledger: any EntrySource, known: UInt64) async -> LedgerStanding {
        do throws(CofferError) {
            let bytes = try await ledger.checkpoint()
            guard let note = try? SignedNote(checkpoint: bytes), let checkpoint = try? Checkpoint(parsing: note.text)
            else { throw CofferError(.tampering, "It does not serve a valid checkpoint.", rule: "head.format") }
            return checkpoint.size.rawValue < known ? .back(size: checkpoint.size, known: known) : .newest
        } catch {
            return .silent(error)
        }
    }

    /// The sentence for people; nil when all is well.
    package var problem: String? {
        switch self {
        case .newest: nil
        case .back(let size, let known):
            "The ledger serves a checkpoint of \(size) entries, and a quorum signed one of \(known): it runs on an old "
                + "copy of its log."
        case .silent(let error): "The ledger does not answer: \(error.message)"
        }
    }
}
