import CX11

/// Who has the keyboard: the windows with its focus in them, and whether a client has grabbed it.
///
/// Both come from the focus events alone, in the stream that also brings the keys. A grab belongs to the session: a
/// window that opens, or a property that changes, says nothing about it. It ends only with NotifyUngrab.
struct KeyboardHolders {
    private(set) var isGrabbed: Bool
    private var windows: Set<Window>

    init(windows: Set<Window> = [], isGrabbed: Bool = true) {
        self.windows = windows
        self.isGrabbed = isGrabbed
    }

    /// Whether the focus is a window or is inside it.
    func contains(_ window: Window) -> Bool { windows.contains(window) }

    mutating func handle(_ event: XFocusChangeEvent) {
        switch event.mode {
        case NotifyGrab, NotifyWhileGrabbed: isGrabbed = true
        case NotifyUngrab: isGrabbed = false
        default: break
        }
        // From NotifyPointer on, the event tells where the pointer is. A grab moves no focus.
        guard event.detail < NotifyPointer, event.mode != NotifyGrab else { return }
        if event.type == FocusIn {
            windows.insert(event.window)
        } else if event.mode != NotifyUngrab, event.detail != NotifyInferior {
            windows.remove(event.window)
        }
    }

    /// A window that is unmapped or destroyed has no focus.
    mutating func forget(_ window: Window) { windows.remove(window) }
}
