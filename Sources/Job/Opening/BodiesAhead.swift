import Lake
import Sealing
import Synchronization

/// Fetches the bodies of opened pages ahead of their use, many at a time, so that a slow lake costs little more than a
/// fast one. What is fetched and not used is bounded; a body that nobody announced is fetched when it is used.
final class BodiesAhead: Sendable {
    private struct Wanted {
        let object: Hash256
        let place: LakePlace
    }

    private struct State {
        /// In the order of their use.
        var waiting: ArraySlice<Wanted> = []
        var running: [Hash256: Task<Result<Bytes?, CofferError>, Never>] = [:]
        /// The size of the largest of the last bodies, about. The first are taken for large ones.
        var size = maximumLakeObject / 2
    }

    /// The most bodies in flight, and about the most bytes.
    static let maximumCount = 64
    private static let maximumBytes = 96 << 20

    private let lake: any Lake
    private let state = Mutex(State())

    init(lake: any Lake) { self.lake = lake }

    deinit { state.withLock { state in for task in state.running.values { task.cancel() } } }

    /// Announces the bodies of these pages, which will be used in this order.
    func expect(_ pages: [OpenedPage]) {
        let wanted = pages.flatMap { page in
            page.items.map { (page, $0.entry, Wanted(object: $0.object, place: page.place($0.object))) }
        }.sorted { a, b in
            (a.0.consent.hash, a.0.line.day, UInt32(a.1.device), a.1.from)
                < (b.0.consent.hash, b.0.line.day, UInt32(b.1.device), b.1.from)
        }
        state.withLock { state in
            state.waiting += wanted.map(\.2)
            fill(&state)
        }
    }

    /// The body; nil when the lake lacks it.
    func body(_ object: Hash256, at place: LakePlace) async throws(CofferError) -> Bytes? {
        let task = state.withLock { $0.running.removeValue(forKey: object) }
        let body: Bytes?
        if let task { body = try await task.value.get() } else { body = try await lake.get(object, at: place) }
        state.withLock { state in
            // One that is small again counts slowly, for a large one may follow.
            state.size = max(body?.count ?? 0, state.size - state.size / 8)
            fill(&state)
        }
        return body
    }

    /// Forgets what was announced of these pages and not used.
    func forget(_ pages: [OpenedPage]) {
        let objects = Set(pages.flatMap { $0.items.map(\.object) })
        state.withLock { state in
            for object in objects { state.running.removeValue(forKey: object)?.cancel() }
            state.waiting = state.waiting.drop { objects.contains($0.object) }
            fill(&state)
        }
    }

    private func fill(_ state: inout State) {
        let count = min(Self.maximumCount, max(2, Self.maximumBytes / max(state.size, 1)))
        while state.running.count < count, let next = state.waiting.popFirst() {
            guard state.running[next.object] == nil else { continue }
            state.running[next.object] = Task { [lake] in
                do throws(CofferError) { return .success(try await lake.get(next.object, at: next.place)) } catch {
                    return .failure(error)
                }
            }
        }
    }
}
