import Ledger
package import Replica
import Sealing

/// A source for a lost ledger, with its name for people.
package struct RestoreSource: Sendable {
    package let name: String
    package let source: any EntrySource

    package init(name: String, source: any EntrySource) {
        self.name = name
        self.source = source
    }
}

/// The checkpoints that sources serve. They are not trusted before their entries are followed.
struct ServedCheckpoints {
    struct Head {
        let from: RestoreSource
        let note: SignedNote
        /// The size in the checkpoint, unverified.
        let size: SaturatingUInt64
    }

    /// All served checkpoints, including invalid ones.
    private(set) var all: [Head] = []
    /// The checkpoints whose source has not failed.
    private(set) var candidates: [Head] = []
    private(set) var failures: [(name: String, error: CofferError)] = []
    private var asked: Set<String> = []

    /// Asks each source that has not been asked yet.
    mutating func ask(_ sources: [RestoreSource]) async {
        for source in sources where asked.insert(source.name).inserted {
            do throws(CofferError) {
                let bytes = try await source.source.checkpoint()
                guard let note = try? SignedNote(checkpoint: bytes),
                    let checkpoint = try? Checkpoint(parsing: note.text)
                else {
                    throw .notACheckpoint(from: "source")
                }
                let served = Head(from: source, note: note, size: checkpoint.size)
                all.append(served)
                candidates.append(served)
            } catch {
                failures.append((source.name, error))
            }
        }
    }

    /// The largest checkpoint whose source has not failed. If none is left, throws the first failure, or the first
    /// tampering if there is one.
    func largest() throws(CofferError) -> Head {
        if let checkpoint = candidates.max(by: { $0.size < $1.size }) { return checkpoint }
        guard let (name, error) = failures.first(where: { $0.error.code == .tampering }) ?? failures.first else {
            throw CofferError(
                .tryLater, "No source to restore the ledger from is known.", hint: "Name a mirror with --from.")
        }
        throw CofferError(
            error.code, "\(name): \(error.message)", rule: error.rule, entry: error.entry,
            hint: error.hint ?? "Name another broker or a mirror with --from.")
    }

    mutating func reject(_ checkpoint: Head, _ error: CofferError) {
        candidates.removeAll { $0.from.name == checkpoint.from.name }
        failures.append((checkpoint.from.name, error))
    }
}
