import CX11
import Capture
import Records
import Sealing

/// Keys, pointer and focus from one connection, in the server's order.
final class X11Input {
    typealias Emit = (ObservedEvent) -> Void

    private let display: X11Display
    private let keyboard: X11Keyboard
    private let devices: X11Devices
    private let focus: X11Focus
    private let pointer: X11Pointer
    private let process = StoppedProcess()
    private let now: @Sendable () -> Milliseconds
    private var clock = ServerClock()
    private var lastMove: Milliseconds = 0
    /// How late the latest event of known time came.
    private var delay: Milliseconds = 0

    /// The pointer's position is requested at most each 16 ms, to save round trips for every motion.
    private static let moveInterval: Milliseconds = 16
    /// Input that is older is a backlog, which is forgotten: the machine slept, or this process was frozen.
    private static let longestDelay: Milliseconds = 1000
    /// The pointer's place is asked for, so it is right only for an event that has just happened.
    private static let longestPointerDelay: Milliseconds = 100

    init(display name: String?, now: @escaping @Sendable () -> Milliseconds) throws(X11Failure) {
        display = try X11Display(name: name)
        self.now = now
        keyboard = try X11Keyboard(display: display)
        devices = try X11Devices(display: display)
        focus = X11Focus(display: display)
        pointer = X11Pointer(display: display)
        XSync(display.pointer, 0)
        try display.check()
    }

    var descriptors: [Int32] { [display.descriptor, process.descriptor] }

    func start(_ emit: Emit) { focus.start(at: now()) { emit(observed($0)) } }

    /// The events that have arrived since the last call.
    func read(_ emit: Emit) throws(X11Failure) {
        forgetIfStopped(emit)
        try display.pendingEvents { (event) throws(X11Failure) in
            // Asked after the event was read: it may have come while the process stood still.
            forgetIfStopped(emit)
            focus.reach(event.xany.serial, at: time) { emit(observed($0)) }
            if try keyboard.handle(&event) { return }
            if event.type == GenericEvent {
                raw(&event, emit)
            } else {
                focus.handle(event, at: time) { emit(observed($0)) }
            }
        }
        // The queue is empty, so every answer has been reached.
        delay = 0
        focus.reach(.max, at: time) { emit(observed($0)) }
    }

    private func forgetIfStopped(_ emit: Emit) {
        if process.hasContinued() { focus.forget(at: time) { emit(observed($0)) } }
    }

    /// When the latest event happened: by the records' clock, and by the monotonic one.
    private var time: Milliseconds { now() - min(delay, now()) }
    private func observed(_ event: CaptureEvent) -> ObservedEvent {
        let uptime = CaptureClock.uptime()
        return ObservedEvent(event, uptime: uptime - min(delay, uptime))
    }

    private func raw(_ event: inout XEvent, _ emit: Emit) {
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
        let serverTime = UInt32(truncatingIfNeeded: raw.time)
        delay = clock.age(of: serverTime, at: CaptureClock.uptime())
        if delay > Self.longestDelay { focus.forget(at: time) { emit(observed($0)) } }
        let origin = devices.origin(of: raw.sourceid)
        switch type {
        case XI_RawKeyPress, XI_RawKeyRelease:
            let code = UInt32(bitPattern: raw.detail)
            let isPress = type == XI_RawKeyPress
            let key = KeyEvent(
                time: time, isPress: isPress, code: code, key: isPress ? keyboard.key(code) : "", origin: origin)
            emit(observed(.key(key)))
        case XI_RawButtonPress, XI_RawButtonRelease:
            if let action = PointerContent.Action(button: raw.detail, isPress: type == XI_RawButtonPress) {
                point(action, origin, serverTime, emit)
            }
        case XI_RawMotion:
            // Where no window may be recorded, no place is asked for.
            guard focus.current != nil, time < lastMove || time - lastMove >= Self.moveInterval else { return }
            lastMove = time
            point(.move, origin, serverTime, emit)
        default: break
        }
    }

    private func point(_ action: PointerContent.Action, _ origin: InputOrigin, _ serverTime: UInt32, _ emit: Emit) {
        guard let place = pointer.place(in: focus.current?.window ?? 0) else { return }
        // By the time of the answer, which tells where the pointer is then.
        let isRecent = clock.age(of: serverTime, at: CaptureClock.uptime()) <= Self.longestPointerDelay
        let content = PointerContent(
            action: action, x: place.x, y: place.y, screenWidth: place.screenWidth, screenHeight: place.screenHeight,
            origin: origin, isOff: place.isOff)
        emit(observed(.pointer(content, isOver: isRecent && place.isInside, time: time)))
    }
}

extension PointerContent.Action {
    /// Buttons 4 to 7 are wheel steps. Nil for the release of one, and for buttons without a name.
    fileprivate init?(button: Int32, isPress: Bool) {
        let wheel: [Int32: String] = [4: "up", 5: "down", 6: "left", 7: "right"]
        let names: [Int32: String] = [1: "left", 2: "middle", 3: "right", 8: "back", 9: "forward"]
        if let direction = wheel[button], isPress {
            self = .scroll(direction: direction, clicks: 1)
        } else if let name = names[button] {
            self = isPress ? .press(button: name) : .release(button: name)
        } else {
            return nil
        }
    }
}
