import Capture
import CaptureX11
import CofferTestKit
import Foundation
import Records
import Sealing

/// Collects what a source reports.
final class Watcher {
    let source: X11Source
    private(set) var events: [CaptureEvent] = []
    private let screen: Bool

    init(_ display: VirtualDisplay, screen: Bool = false) throws {
        self.screen = screen
        source = try X11Source(display: display.name, screen: screen) {
            Milliseconds(clamping: Date().timeIntervalSince1970 * 1000)
        }
    }

    deinit { source.stop() }

    func poll() throws { events += try source.events(screen: screen).map(\.event) }

    func wait(_ what: String, _ condition: (Watcher) -> Bool) throws {
        try eventually(what) {
            try poll()
            return condition(self)
        }
    }

    func forget() throws {
        try poll()
        events = []
    }

    var keys: [KeyEvent] { events.compactMap { if case .key(let key) = $0 { key } else { nil } } }
    /// Buttons that went down or up, and whether the pointer was over the window with the keyboard.
    var buttons: [(content: PointerContent, isOver: Bool)] {
        events.compactMap { event in
            guard case .pointer(let content, let isOver, _) = event, content.action != .move else { return nil }
            return (content, isOver)
        }
    }
    /// Every place of the pointer that was reported.
    var places: [PointerContent] {
        events.compactMap { if case .pointer(let content, _, _) = $0 { content } else { nil } }
    }
    var presses: [String] { keys.filter(\.isPress).map(\.key) }
    var focus: Focus? {
        for case .focus(let focus, _) in events.reversed() { return focus }
        return nil
    }
    /// Nil before the source has said anything.
    var isGrabbed: Bool? {
        for case .grab(let isGrabbed) in events.reversed() { return isGrabbed }
        return nil
    }
    var frames: [ScreenFrame] {
        events.compactMap { if case .frame(let frame, _, _) = $0 { try? ScreenFrame(frame) } else { nil } }
    }
}
