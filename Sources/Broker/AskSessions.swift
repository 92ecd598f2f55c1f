import Messages
import Sealing
import Synchronization

/// The sessions under way: few for each release, few at all, none older than an hour; in memory only.
///
/// When there is no room, the oldest makes it: its job opens another, or asks without one.
final class AskSessions: Sendable {
    /// Each needs about 4 KB, and 64 KiB while a message is under way.
    static let capacity = 1_024
    /// A job's lanes, and those whose answers were lost.
    static let capacityOfRelease = 8
    static let lifetime: Milliseconds = 3_600_000

    /// A session of one release. It answers one message at a time.
    final class Held: Sendable {
        let release: Hash256
        /// A release's recipient never changes, so it is checked once, as the job's signature is.
        let job: VerifyingKey
        let session: Mutex<AnsweringSession>
        let id: Hash256
        fileprivate let opened: Milliseconds

        init(_ session: consuming AnsweringSession, about release: Hash256, of job: VerifyingKey, at time: Milliseconds)
        {
            self.id = session.id
            self.session = Mutex(session)
            self.release = release
            self.job = job
            self.opened = time
        }

        /// A clock that was set back ends a session early, never late.
        fileprivate func isLiving(at time: Milliseconds) -> Bool {
            time >= opened && time <= opened + AskSessions.lifetime
        }
    }

    private struct Table {
        var held: [Hash256: (session: Held, number: UInt64)] = [:]
        /// Numbers the sessions in the order of their openings.
        var next: UInt64 = 0

        /// Removes the oldest session, of this release or of all.
        mutating func removeOldest(of release: Hash256?) {
            let candidates = release.map { release in held.filter { $0.value.session.release == release } } ?? held
            if let oldest = candidates.min(by: { $0.value.number < $1.value.number }) { held[oldest.key] = nil }
        }
    }

    private let table = Mutex(Table())
    private let capacity: Int
    private let ofRelease: Int

    init(capacity: Int = AskSessions.capacity, ofRelease: Int = AskSessions.capacityOfRelease) {
        self.capacity = capacity
        self.ofRelease = ofRelease
    }

    var count: Int { table.withLock(\.held.count) }

    /// Whether it was opened before and is held.
    func contains(_ id: Hash256) -> Bool { table.withLock { $0.held[id] != nil } }

    /// False when a session with this id is held.
    func add(_ session: Held, now: Milliseconds) -> Bool {
        table.withLock { table in
            table.held = table.held.filter { $0.value.session.isLiving(at: now) }
            guard table.held[session.id] == nil else { return false }
            let same = table.held.values.count { $0.session.release == session.release }
            if same >= ofRelease {
                table.removeOldest(of: session.release)
            } else if table.held.count >= capacity {
                table.removeOldest(of: nil)
            }
            table.held[session.id] = (session, table.next)
            table.next += 1
            return true
        }
    }

    /// Nil when it was never opened here, or has ended.
    func living(_ id: Hash256, now: Milliseconds) -> Held? {
        table.withLock { table in
            guard let held = table.held[id]?.session else { return nil }
            if held.isLiving(at: now) { return held }
            table.held[id] = nil
            return nil
        }
    }

    func end(_ id: Hash256) { table.withLock { $0.held[id] = nil } }
}
