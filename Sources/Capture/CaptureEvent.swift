package import Records
package import Sealing

/// A key went down or up.
package struct KeyEvent: Hashable, Sendable {
    package var time: Milliseconds
    package var isPress: Bool
    /// The physical key: a release belongs to the press of the same one.
    package var code: UInt32
    /// At a press the character or the keysym's name, resolved then; a release takes that of its press.
    package var key: String
    package var origin: InputOrigin

    package init(time: Milliseconds, isPress: Bool, code: UInt32, key: String, origin: InputOrigin) {
        self.time = time
        self.isPress = isPress
        self.code = code
        self.key = key
        self.origin = origin
    }
}

/// The window that has the keyboard.
package struct Focus: Hashable, Sendable {
    /// The server's name for the window.
    package var window: UInt
    package var app: AppName
    package var title: String
    /// One of Coffer's own windows: never recorded.
    package var isCoffer: Bool

    package init(window: UInt, app: AppName, title: String, isCoffer: Bool = false) {
        self.window = window
        self.app = app
        self.title = title
        self.isCoffer = isCoffer
    }
}

/// What a source reports, in the order in which it happened.
package enum CaptureEvent: Sendable {
    case key(KeyEvent)
    case pointer(PointerContent, time: Milliseconds)
    /// Another window has the keyboard, or the same one another title. Nil: nobody knows which.
    case focus(Focus?, time: Milliseconds)
    /// Another client took or gave back the keyboard without a change of focus.
    case grab(Bool)
    /// What is visible of the window that had the keyboard, all else black.
    case frame(ScreenFrame, window: UInt, time: Milliseconds)
}
