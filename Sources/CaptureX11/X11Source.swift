/// CaptureX11: keys, pointer, windows and screen of an X11 session, as a `Source` for `Capture`.
///
/// `X11Source` is the entry point. An `InputThread` reads `X11Input` on its own connection: `X11Keyboard` follows the
/// keymap, `X11Focus` the window with the keyboard, `KeyboardHolders` the grabs. `X11Screen` takes frames on a second
/// connection, with `VisibleRegion` to leave out what other windows cover. `X11Failure` says why a display cannot be
/// captured.
///
/// The module imports `Capture`, `Records`, `Sealing` and the C modules `CX11` and `CLinux`. It keeps the server's
/// order of events, shows only the visible part of the window that has the keyboard, and reports a lost display instead
/// of ending the process.

package import Capture
package import Sealing
import Synchronization

/// The X11 session: keys, pointer, windows and screen.
///
/// Input has its own thread: a keymap that a program changes for a few milliseconds must be read at once, even while a
/// frame is copied or sealed. Screens are copied on the caller's thread, over a second connection.
package final class X11Source: Source {
    private let inbox: Inbox
    private let input: InputThread
    private var screen: X11Screen?
    private let display: String?
    private var window: UInt = 0
    private let now: @Sendable () -> Milliseconds

    private var isWithoutScreen = false

    /// Without screens where the display gives none, or has a size of which no frame can be taken.
    package var missingKinds: Set<Kind> { isWithoutScreen || screen?.isPossible == false ? [.screen] : [] }

    /// A `display` of nil means DISPLAY. With `screen` the screen is opened at once, so that a display without frames is
    /// an error; else when the first frame is wanted.
    package init(
        display: String? = nil, screen: Bool, now: @escaping @Sendable () -> Milliseconds
    ) throws(X11Failure) {
        self.now = now
        self.display = display
        inbox = try Inbox()
        self.screen = screen ? try Self.screen(of: display) : nil
        input = try InputThread(display: display, inbox: inbox, now: now)
    }

    package var descriptors: [Int32] { [inbox.wake.reading] + (screen.map { [$0.descriptor] } ?? []) }

    package func events(screen wanted: Bool) throws -> [ObservedEvent] {
        var events = try inbox.take()
        for case .focus(let focus, _) in events.map(\.event) { window = focus?.window ?? 0 }
        if wanted, screen == nil, !isWithoutScreen {
            do throws(X11Failure) { screen = try Self.screen(of: display) } catch {
                if error == .displayLost { throw error }
                isWithoutScreen = true
            }
        }
        if let screen {
            if wanted, window != 0 {
                if let frame = try screen.frame(of: window) {
                    let event = CaptureEvent.frame(frame, window: window, time: now())
                    events.append(ObservedEvent(event, uptime: CaptureClock.uptime()))
                }
            } else {
                try screen.rest()
            }
        }
        return events
    }

    package func deadline(screen wanted: Bool) -> Milliseconds? {
        guard wanted, window != 0, !isWithoutScreen else { return nil }
        // The agent wants frames of a window for the first time since its last look.
        guard let screen, screen.window == window else { return 0 }
        return screen.deadline
    }

    private static func screen(of display: String?) throws(X11Failure) -> X11Screen {
        try X11Screen(display: display, uptime: CaptureClock.uptime)
    }

    package func stop() { input.stop() }

    deinit { input.stop() }
}
