import Lake
import Sealing
import Synchronization

/// Fetches and opens the bodies of opened pages ahead of their use, many at a time, so that a slow lake costs little more
/// than a fast one and every core has work. What waits for its use is bounded; a body that nobody announced is fetched
/// when it is used.
final class BodiesAhead: Sendable {
    private struct Name: Hashable {
        let page: PageID
        let object: Hash256
    }

    private struct Wanted {
        let page: OpenedPage
        let item: PageItem

        var name: Name { Name(page: page.line.page, object: item.object) }
    }

    private struct State {
        /// In the order of their use.
        var waiting: ArraySlice<Wanted> = []
        var running: [Name: Task<Result<OpenedBody, CofferError>, Never>] = [:]
        /// The size of the largest of the last bodies, about. The first are taken for large ones.
        var size = maximumBytes
    }

    /// The most bodies in flight, and about the most bytes, which take four times as much while they are opened. Of large
    /// bodies one is on its way while another is used.
    static let maximumCount = 64
    private static let maximumBytes = 8 << 20

    private let reader: BodyReader
    private let state = Mutex(State())

    init(lake: any Lake) { reader = BodyReader(lake: lake) }

    deinit { state.withLock { state in for task in state.running.values { task.cancel() } } }

    /// Announces the bodies of these pages, which will be used in this order.
    func expect(_ pages: [OpenedPage]) {
        let wanted = pages.flatMap { page in page.items.map { Wanted(page: page, item: $0) } }.sorted { a, b in
            (a.page.consent.hash, a.page.line.day, UInt32(a.item.entry.device), a.item.entry.from)
                < (b.page.consent.hash, b.page.line.day, UInt32(b.item.entry.device), b.item.entry.from)
        }
        state.withLock { state in
            state.waiting += wanted
            fill(&state)
        }
    }

    /// A body that one of the pages lists, opened.
    func body(_ item: PageItem, of page: OpenedPage) async throws(CofferError) -> OpenedBody {
        let name = Name(page: page.line.page, object: item.object)
        let task = state.withLock { $0.running.removeValue(forKey: name) }
        let body: OpenedBody
        if let task { body = try await task.value.get() } else { body = try await reader.open(item, of: page) }
        state.withLock { state in
            // One that is small again counts slowly, for a large one may follow.
            state.size = max(body.count, state.size - state.size / 4)
            fill(&state)
        }
        return body
    }

    /// Forgets what was announced of these pages and not used.
    func forget(_ pages: [OpenedPage]) {
        let names = Set(pages.flatMap { page in page.items.map { Wanted(page: page, item: $0).name } })
        state.withLock { state in
            for name in names { state.running.removeValue(forKey: name)?.cancel() }
            state.waiting = state.waiting.drop { names.contains($0.name) }
            fill(&state)
        }
    }

    private func fill(_ state: inout State) {
        let count = min(Self.maximumCount, max(1, Self.maximumBytes / max(state.size, 1)))
        while state.running.count < count, let next = state.waiting.popFirst() {
            guard state.running[next.name] == nil else { continue }
            state.running[next.name] = Task { [reader] in
                do throws(CofferError) { return .success(try await reader.open(next.item, of: next.page)) } catch {
                    return .failure(error)
                }
            }
        }
    }
}
