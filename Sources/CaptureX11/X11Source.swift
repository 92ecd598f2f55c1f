package import Capture
import Glibc
package import Sealing
import Synchronization

/// The X11 session: keys, pointer, windows and screen.
///
/// Input has a thread of its own, for a keymap that a program changes for some milliseconds must be read at once, while
/// a frame is being copied or sealed. Screens are copied on the caller's thread, over a second connection.
package final class X11Source: Source {
    private let inbox: Inbox
    private let input: InputThread
    private let screen: X11Screen?
    private var window: UInt = 0
    private let now: @Sendable () -> Milliseconds

    /// `display` nil means DISPLAY. `screen` false asks for no frames and needs no DAMAGE extension.
    package init(
        display: String? = nil, screen: Bool, now: @escaping @Sendable () -> Milliseconds
    ) throws(X11Failure) {
        self.now = now
        inbox = try Inbox()
        self.screen = screen ? try X11Screen(display: display, uptime: Self.uptime) : nil
        input = try InputThread(display: display, inbox: inbox, now: now)
    }

    package var descriptors: [Int32] { [inbox.wake.reading] + (screen.map { [$0.descriptor] } ?? []) }

    package func events(screen wanted: Bool) throws -> [CaptureEvent] {
        var events = try inbox.take()
        for case .focus(let focus, _) in events { window = focus?.window ?? 0 }
        if let screen {
            if wanted, window != 0 {
                if let frame = try screen.frame(of: window) {
                    events.append(.frame(frame, window: window, time: now()))
                }
            } else {
                try screen.readEvents()
            }
        }
        return events
    }

    package func stop() { input.stop() }

    deinit { input.stop() }

    /// Milliseconds since the machine started.
    @Sendable private static func uptime() -> Milliseconds {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Milliseconds(Seconds(clamping: time.tv_sec)) + Milliseconds(clamping: time.tv_nsec / 1_000_000)
    }
}
