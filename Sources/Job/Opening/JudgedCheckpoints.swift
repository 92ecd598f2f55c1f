import Replica
import Rules
import Sealing
import Synchronization

/// The largest checkpoint at which each broker signed that it judged. A job compares them with the log that it follows,
/// so the ledger cannot show the job one history and the brokers another.
package final class JudgedCheckpoints: Sendable {
    struct Judged: Sendable {
        let broker: CharterTerms.Broker
        let size: UInt64
        let root: Hash256
        /// Where the broker serves its own log.
        let source: any EntrySource
    }

    private let largest = Mutex<[VerifyingKey: Judged]>([:])
    private let talk: @Sendable (String) -> Void

    /// `talk` receives a sentence about each broker whose checkpoint is in no log that this job can follow.
    package init(talk: @escaping @Sendable (String) -> Void = { _ in }) { self.talk = talk }

    func add(_ judged: Judged) {
        let key = judged.broker.noteKey
        largest.withLock { largest in
            if largest[key].map({ $0.size < judged.size }) ?? true { largest[key] = judged }
        }
    }

    /// In the order of the brokers' names.
    private var all: [Judged] { largest.withLock { $0.values.sorted { $0.broker.name < $1.broker.name } } }

    /// Checks each checkpoint against the followed log. If it is not in it, follows the broker's own log: a longer log
    /// is accepted; a fork throws `.tampering` with rule `fork` and leaves evidence. A checkpoint without a log behind
    /// it is only reported through `talk`, so the lie of one broker stops no job.
    func compare(with follower: Follower) async throws(CofferError) {
        // Brokers often judge at the same size, and the work for a root grows with the log.
        var roots: [UInt64: Hash256] = [:]
        for judged in all {
            if roots[judged.size] == nil { roots[judged.size] = try await follower.root(at: judged.size) }
            if roots[judged.size] == judged.root { continue }
            do throws(CofferError) { _ = try await follower.follow(from: judged.source) } catch {
                guard !error.isFork else { throw error }
            }
            if try await follower.root(at: judged.size) == judged.root { continue }
            talk(
                "broker \(judged.broker.name) judged by a checkpoint of \(judged.size) entries that is not the ledger's"
            )
            largest.withLock { $0[judged.broker.noteKey] = nil }
        }
    }
}
