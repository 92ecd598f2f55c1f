import Logging
import Synchronization

/// The open connections of a running server. Ends those that give way, counts them, and says it in the log.
final class OpenConnections: Sendable {
    private struct State {
        var table: ConnectionTable
        var closing: [ConnectionTable.ID: @Sendable () -> Void] = [:]
        var isTimed = false
    }

    let limits: ServerLimits
    private let state: Mutex<State>
    private let figures: ConnectionMetrics
    private let gaveWay: RareLine
    private let refused: RareLine
    private let cut: RareLine

    init(_ limits: ServerLimits, metrics: Metrics, logger: Logger) {
        self.limits = limits
        state = Mutex(State(table: ConnectionTable(limits)))
        figures = ConnectionMetrics(metrics)
        gaveWay = RareLine(.connectionsGaveWay, logger)
        refused = RareLine(.connectionsRefused, logger)
        cut = RareLine(.readersCut, logger)
        metrics.gauge("coffer_http_connections", "Open connections.") { [weak self] in
            self.map { Double($0.state.withLock { $0.table.count }) }
        }
    }

    /// Lets a connection in, or returns nil. `close` ends it at once, from any thread.
    func enter(from peer: PeerAddress?, close: @escaping @Sendable () -> Void) -> ConnectionTable.ID? {
        let now = ContinuousClock.now
        let (id, end) = state.withLock { state -> (ConnectionTable.ID?, (@Sendable () -> Void)?) in
            guard let entered = state.table.enter(from: peer, at: now) else { return (nil, nil) }
            state.closing[entered.id] = close
            return (entered.id, entered.instead.flatMap { state.closing.removeValue(forKey: $0) })
        }
        guard let id else {
            figures.refused.add()
            refused.happened(at: now)
            return nil
        }
        if let end { giveWay(end, at: now) }
        makeRoom()
        return id
    }

    func leave(_ id: ConnectionTable.ID) {
        state.withLock {
            $0.table.leave(id)
            $0.closing[id] = nil
        }
    }

    func turn(_ id: ConnectionTable.ID, to phase: ConnectionTable.Phase) {
        let now = ContinuousClock.now
        state.withLock { $0.table.turn(id, to: phase, at: now) }
    }

    func begin(mayStop: Bool) -> Bool {
        if state.withLock({ $0.table.begin(mayStop: mayStop) }) { return true }
        figures.refused.add()
        refused.happened(at: .now)
        return false
    }

    func finish(mayStop: Bool) { state.withLock { $0.table.finish(mayStop: mayStop) } }

    /// A client that takes nothing was cut off.
    func cutReader() {
        figures.cut.add()
        cut.happened(at: .now)
    }

    private func giveWay(_ end: @Sendable () -> Void, at now: ContinuousClock.Instant) {
        figures.gaveWay.add()
        gaveWay.happened(at: now)
        end()
    }

    /// Ends connections until there is room again. Looks again until then, since a client can become overdue without an
    /// event.
    private func makeRoom() {
        let looks = state.withLock { state in
            guard state.table.isFull, !state.isTimed else { return false }
            state.isTimed = true
            return true
        }
        guard looks else { return }
        Task.detached { [self] in
            while endOverdue() { try? await Task.sleep(for: limits.patience / 16) }
        }
    }

    /// Whether there is still no room.
    private func endOverdue() -> Bool {
        let now = ContinuousClock.now
        while true {
            let (end, isFull) = state.withLock { state -> ((@Sendable () -> Void)?, Bool) in
                let end = state.table.giveWay(at: now).flatMap { state.closing.removeValue(forKey: $0) }
                if end == nil { state.isTimed = state.table.isFull }
                return (end, state.table.isFull)
            }
            guard let end else { return isFull }
            giveWay(end, at: now)
        }
    }
}

/// The counts of connections that did not get what they wanted.
private struct ConnectionMetrics: Sendable {
    let gaveWay: Counter
    let refused: Counter
    let cut: Counter

    init(_ metrics: Metrics) {
        gaveWay = metrics.counter(
            "coffer_http_connections_gave_way_total", "Connections ended for others, because there was no room.")
        refused = metrics.counter(
            "coffer_http_connections_refused_total", "Connections and requests refused, because there was no room.")
        cut = metrics.counter(
            "coffer_http_readers_cut_total", "Connections ended, because the client took its answer too slowly.")
    }
}
