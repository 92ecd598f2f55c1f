import CX11
import Capture
import Glibc
import Records
import Sealing

/// Keys, pointer and focus from one connection, in the server's order.
final class X11Input {
    private let display: X11Display
    private let keyboard: X11Keyboard
    private let devices: X11Devices
    private let focus: X11Focus
    private let now: @Sendable () -> Milliseconds
    private var lastMove: Milliseconds = 0
    /// The pointer's position is requested at most each 16 ms, to save a round trip for every motion.
    private static let moveInterval: Milliseconds = 16

    init(display name: String?, now: @escaping @Sendable () -> Milliseconds) throws(X11Failure) {
        display = try X11Display(name: name)
        self.now = now
        keyboard = try X11Keyboard(display: display)
        devices = try X11Devices(display: display)
        focus = X11Focus(display: display)
        XSync(display.pointer, 0)
        try display.check()
    }

    var descriptor: Int32 { display.descriptor }

    func start(_ emit: (CaptureEvent) -> Void) { focus.start(at: now(), emit) }

    /// The events that have arrived since the last call.
    func read(_ emit: (CaptureEvent) -> Void) throws(X11Failure) {
        try display.pendingEvents { (event) throws(X11Failure) in
            if try keyboard.handle(&event) { return }
            if event.type == GenericEvent {
                raw(&event, emit)
            } else {
                focus.handle(event, at: now(), emit)
            }
        }
    }

    private func raw(_ event: inout XEvent, _ emit: (CaptureEvent) -> Void) {
        guard event.xcookie.extension == devices.opcode,
            XGetEventData(display.pointer, &event.xcookie) != 0
        else { return }
        defer { XFreeEventData(display.pointer, &event.xcookie) }
        let type = event.xcookie.evtype
        if type == XI_HierarchyChanged {
            devices.reload()
            return
        }
        guard let data = event.xcookie.data else { return }
        let raw = data.assumingMemoryBound(to: XIRawEvent.self).pointee
        let origin = devices.origin(of: raw.sourceid)
        switch type {
        case XI_RawKeyPress, XI_RawKeyRelease:
            let code = UInt32(bitPattern: raw.detail)
            let isPress = type == XI_RawKeyPress
            emit(
                .key(
                    KeyEvent(
                        time: now(), isPress: isPress, code: code, key: isPress ? keyboard.key(code) : "",
                        origin: origin)))
        case XI_RawButtonPress, XI_RawButtonRelease:
            if let action = Self.action(of: raw.detail, isPress: type == XI_RawButtonPress) {
                pointer(action, origin, emit)
            }
        case XI_RawMotion:
            let time = now()
            guard time < lastMove || time - lastMove >= Self.moveInterval else { return }
            lastMove = time
            pointer(.move, origin, emit)
        default: break
        }
    }

    /// Buttons 4 to 7 are wheel steps.
    private static func action(of button: Int32, isPress: Bool) -> PointerContent.Action? {
        let wheel: [Int32: String] = [4: "up", 5: "down", 6: "left", 7: "right"]
        if let direction = wheel[button] { return isPress ? .scroll(direction: direction, clicks: 1) : nil }
        let names: [Int32: String] = [1: "left", 2: "middle", 3: "right", 8: "back", 9: "forward"]
        guard let name = names[button] else { return nil }
        return isPress ? .press(button: name) : .release(button: name)
    }

    private func pointer(_ action: PointerContent.Action, _ origin: InputOrigin, _ emit: (CaptureEvent) -> Void) {
        var root: Window = 0
        var child: Window = 0
        var x: Int32 = 0
        var y: Int32 = 0
        var windowX: Int32 = 0
        var windowY: Int32 = 0
        var mask: UInt32 = 0
        guard
            XQueryPointer(display.pointer, display.root, &root, &child, &x, &y, &windowX, &windowY, &mask) != 0,
            let screen = XDefaultScreenOfDisplay(display.pointer)
        else { return }
        let content = PointerContent(
            action: action, x: max(0, Int(x)), y: max(0, Int(y)), screenWidth: Int(screen.pointee.width),
            screenHeight: Int(screen.pointee.height), origin: origin)
        emit(.pointer(content, time: now()))
    }
}
