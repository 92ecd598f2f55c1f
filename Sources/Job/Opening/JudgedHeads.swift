import Replica
import Rules
import Sealing
import Synchronization

/// What brokers sign that they judged at: of each the largest head. A job compares them with the log that it follows, so
/// that a ledger cannot show it one history, and another to those who release its pages.
package final class JudgedHeads: Sendable {
    struct Judged: Sendable {
        let broker: CharterTerms.Broker
        let size: UInt64
        let root: Hash256
        /// Where the broker serves the head that it has.
        let source: any EntrySource
    }

    private let largest = Mutex<[VerifyingKey: Judged]>([:])
    private let talk: @Sendable (String) -> Void

    /// `talk` takes a sentence about each broker whose head is in nobody's log.
    package init(talk: @escaping @Sendable (String) -> Void = { _ in }) { self.talk = talk }

    func add(_ judged: Judged) {
        let key = judged.broker.noteKey
        largest.withLock { largest in
            if largest[key].map({ $0.size < judged.size }) ?? true { largest[key] = judged }
        }
    }

    /// In the order of the brokers' names.
    private var all: [Judged] { largest.withLock { $0.values.sorted { $0.broker.name < $1.broker.name } } }

    /// Looks for each head in the log that was followed. One that is not in it is looked for where its broker serves the
    /// log: a longer one is followed; another throws `.tampering` with rule `fork` and leaves evidence. What the broker
    /// alone says is only spoken of: a lie of one broker stops nobody.
    func compare(with follower: Follower) async throws(CofferError) {
        // Brokers often judge at one size, and a root is as much work as the log is long.
        var roots: [UInt64: Hash256] = [:]
        for judged in all {
            if roots[judged.size] == nil { roots[judged.size] = try await follower.root(at: judged.size) }
            if roots[judged.size] == judged.root { continue }
            do throws(CofferError) { _ = try await follower.follow(from: judged.source) } catch {
                guard !error.isFork else { throw error }
            }
            if try await follower.root(at: judged.size) == judged.root { continue }
            talk("broker \(judged.broker.name) judged by \(judged.size) entries that are not the ledger's")
            largest.withLock { $0[judged.broker.noteKey] = nil }
        }
    }
}
