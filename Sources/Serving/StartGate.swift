import ServiceLifecycle
import Synchronization

/// Opens when every listener of a process listens. Until then no service of a server runs, so a server that cannot start
/// has signed and sent nothing.
package final class StartGate: Sendable {
    private struct Waiting {
        var closed: Int
        var services: [AsyncStream<Void>.Continuation] = []
    }

    private let waiting: Mutex<Waiting>

    /// Waits for this many listeners.
    package init(listeners: Int) { waiting = Mutex(Waiting(closed: listeners)) }

    /// One listener listens.
    func listens() {
        let services = waiting.withLock { waiting -> [AsyncStream<Void>.Continuation] in
            waiting.closed -= 1
            defer { if waiting.closed == 0 { waiting.services = [] } }
            return waiting.closed == 0 ? waiting.services : []
        }
        for service in services { service.yield() }
    }

    /// Returns whether it opened; false when the process shuts down before.
    private func opened() async -> Bool {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let isOpen = waiting.withLock { waiting in
            if waiting.closed > 0 { waiting.services.append(continuation) }
            return waiting.closed <= 0
        }
        if isOpen { return true }
        for await _ in stream.cancelOnGracefulShutdown() { return true }
        return false
    }

    /// The same service, behind the gate.
    func guarding(_ service: any Service) -> any Service { Guarded(gate: self, service: service) }

    private struct Guarded: Service {
        let gate: StartGate
        let service: any Service

        func run() async throws { if await gate.opened() { try await service.run() } }
    }
}
