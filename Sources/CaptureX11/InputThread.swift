import Capture
import Foundation
import Glibc
import Sealing
import Synchronization

/// Reads input on its own thread until it is stopped or the display is lost.
final class InputThread: Sendable {
    private let stopping: Pipe
    private let ended = DispatchSemaphore(value: 0)
    private let isStopped = Mutex(false)

    /// Returns after the events are selected, so that no later event is missed.
    init(display: String?, inbox: Inbox, now: @escaping @Sendable () -> Milliseconds) throws(X11Failure) {
        let stopping = try Pipe()
        self.stopping = stopping
        let ended = ended
        let start = Start()
        Thread.detachNewThread {
            defer { ended.signal() }
            do throws(X11Failure) {
                let input = try X11Input(display: display, now: now)
                start.succeed()
                try Self.run(input, inbox, stopping)
            } catch {
                inbox.fail(error)
                start.fail(error)
            }
        }
        try start.wait()
    }

    func stop() {
        let isFirst = isStopped.withLock { stopped in
            defer { stopped = true }
            return !stopped
        }
        guard isFirst else { return }
        stopping.signal()
        ended.wait()
    }

    private static func run(_ input: X11Input, _ inbox: Inbox, _ stopping: Pipe) throws(X11Failure) {
        var events: [ObservedEvent] = []
        input.start { events.append($0) }
        while true {
            try input.read { events.append($0) }
            inbox.add(events)
            events = []
            var polled = ([stopping.reading] + input.descriptors).map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            _ = poll(&polled, nfds_t(polled.count), input.patience)
            if polled[0].revents != 0 { return }
        }
    }
}

/// The result of a thread's start, for the one caller that waits for it.
private final class Start: Sendable {
    private let known = DispatchSemaphore(value: 0)
    private let failure = Mutex<X11Failure?>(nil)

    func succeed() { known.signal() }

    func fail(_ error: X11Failure) {
        failure.withLock { $0 = error }
        known.signal()
    }

    func wait() throws(X11Failure) {
        known.wait()
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}
