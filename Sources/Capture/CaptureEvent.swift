package import Records
package import Sealing

/// A key went down or up.
package struct KeyEvent: Hashable, Sendable {
    package var time: Milliseconds
    package var isPress: Bool
    /// The physical key. A release belongs to the press with the same code.
    package var code: UInt32
    /// The character or the keysym's name, resolved at the press. A release gets that of its press.
    package var key: String
    /// What a press writes as part of a sequence of dead keys or of the compose key: nothing until its end. Nil for a
    /// key that is no part of one.
    package var text: String?
    package var origin: InputOrigin
    /// Whether the keyboard repeats a key that is held.
    package var isRepeat: Bool
    /// Whether a press went to the client of the window that has the keyboard, rather than to one that another client
    /// has put inside it.
    package var isOwn: Bool

    package init(
        time: Milliseconds, isPress: Bool, code: UInt32, key: String, text: String? = nil, origin: InputOrigin,
        isRepeat: Bool = false, isOwn: Bool = true
    ) {
        self.time = time
        self.isPress = isPress
        self.code = code
        self.key = key
        self.text = text
        self.origin = origin
        self.isRepeat = isRepeat
        self.isOwn = isOwn
    }
}

/// The window that has the keyboard.
package struct Focus: Hashable, Sendable {
    /// The display server's id of the window.
    package var window: UInt
    package var app: AppName
    package var title: String
    /// One of Coffer's own windows: never recorded.
    package var isCoffer: Bool
    /// The process that made the window, if it is on this machine.
    package var process: UInt32?

    package init(window: UInt, app: AppName, title: String, isCoffer: Bool = false, process: UInt32? = nil) {
        self.window = window
        self.app = app
        self.title = title
        self.isCoffer = isCoffer
        self.process = process
    }
}

/// What a source reports, in the order of occurrence.
package enum CaptureEvent: Sendable {
    case key(KeyEvent)
    /// The pointer moved, or a button or the wheel. `isOver` tells whether it was over what is visible of the window
    /// that has the keyboard.
    case pointer(PointerContent, isOver: Bool, time: Milliseconds)
    /// Another window has the keyboard, or its title changed. Nil when the window is unknown.
    case focus(Focus?, time: Milliseconds)
    /// Another client has grabbed the keyboard, or has released it. A grab lasts until its end is reported.
    case grab(Bool)
    /// The visible part of the window that had the keyboard; everything else is black.
    case frame(TiledFrame, window: UInt, time: Milliseconds)

    /// Whether it only says where the pointer is.
    package var isMove: Bool {
        if case .pointer(let content, _, _) = self { content.action == .move } else { false }
    }
}

/// An event, and when it happened in monotonic time: it is judged by what was so then.
package struct ObservedEvent: Sendable {
    package var event: CaptureEvent
    package var uptime: Milliseconds

    package init(_ event: CaptureEvent, uptime: Milliseconds) {
        self.event = event
        self.uptime = uptime
    }
}
