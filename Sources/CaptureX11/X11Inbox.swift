import Capture
import Glibc
import Sealing
import Synchronization

/// A pipe that is closed with its owner.
final class Pipe: Sendable {
    let reading: Int32
    let writing: Int32

    init() throws(X11Failure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .noDisplay }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (reading, writing) = (ends[0], ends[1])
    }

    func signal() {
        var byte: UInt8 = 1
        _ = write(writing, &byte, 1)
    }

    func drain() {
        var bytes = [UInt8](repeating: 0, count: 256)
        while read(reading, &bytes, bytes.count) > 0 {}
    }

    deinit {
        close(reading)
        close(writing)
    }
}

/// The events from the input thread that the agent has not taken yet.
final class Inbox: Sendable {
    let wake: Pipe
    private let state = Mutex<(events: [ObservedEvent], failure: X11Failure?)>(([], nil))

    init() throws(X11Failure) { wake = try Pipe() }

    /// Wakes the agent, unless the pointer only moves on: that waits for the agent's next look.
    func add(_ events: [ObservedEvent]) {
        guard !events.isEmpty else { return }
        state.withLock { $0.events += events }
        if !events.allSatisfy({ $0.event.isMove }) { wake.signal() }
    }

    func fail(_ failure: X11Failure) {
        state.withLock { $0.failure = failure }
        wake.signal()
    }

    /// Takes all events. A failure is thrown only after the events before it were taken.
    func take() throws(X11Failure) -> [ObservedEvent] {
        wake.drain()
        let (events, failure) = state.withLock { state in
            defer { state.events = [] }
            return (state.events, state.events.isEmpty ? state.failure : nil)
        }
        if let failure { throw failure }
        return events
    }
}
