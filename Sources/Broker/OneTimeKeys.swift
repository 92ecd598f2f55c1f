import Sealing
import Synchronization

/// The one-time keys of deposits under way: one for each consent, valid ten minutes, in memory only.
///
/// A second request while a key is valid gives the same key, so a replayed request does no harm.
final class OneTimeKeys: Sendable {
    static let lifetime: Milliseconds = 600_000

    struct Issued: Sendable {
        let key: SealingPrivateKey
        let until: Milliseconds
    }

    private let keys = Mutex<[Hash256: Issued]>([:])

    func issue(for consent: Hash256, now: Milliseconds) throws(SealingError) -> Issued {
        if let living = living(for: consent, now: now) { return living }
        let fresh = Issued(key: try SealingPrivateKey(), until: now + Self.lifetime)
        return keys.withLock { keys in
            keys = keys.filter { $0.value.until > now }
            if let other = keys[consent] { return other }
            keys[consent] = fresh
            return fresh
        }
    }

    func living(for consent: Hash256, now: Milliseconds) -> Issued? {
        keys.withLock { $0[consent].flatMap { $0.until > now ? $0 : nil } }
    }

    func destroy(for consent: Hash256) { keys.withLock { $0[consent] = nil } }
}
