package import Rules
package import Sealing
import Synchronization

/// The releases that were asked about last, so that sixteen asks about one release read and parse it once.
///
/// All of it is in the public log. A cached release permits nothing: it is looked up only after the state is known to
/// hold its hash, and is judged at that state (`ReleaseJudge`).
package final class ReleaseCache: Sendable {
    /// At most 64 releases of a thousand ids: about a megabyte.
    package static let capacity = 64

    /// The most recently used is last.
    private let releases = Mutex<[VerifiedRelease]>([])

    package init() {}

    package var count: Int { releases.withLock(\.count) }

    package func release(_ hash: Hash256) -> VerifiedRelease? {
        releases.withLock { releases in
            guard let place = releases.lastIndex(where: { $0.hash == hash }) else { return nil }
            let release = releases.remove(at: place)
            releases.append(release)
            return release
        }
    }

    package func keep(_ release: VerifiedRelease) {
        releases.withLock { releases in
            releases.removeAll { $0.hash == release.hash }
            if releases.count >= Self.capacity { releases.removeFirst() }
            releases.append(release)
        }
    }
}
