import CX11
import Capture
import Records
import Sealing

/// Keys, buttons and focus from one connection, in the server's order; and where the pointer moves.
final class X11Input {
    typealias Emit = (ObservedEvent) -> Void

    private let display: X11Display
    private let keyboard: X11Keyboard
    private let devices: X11Devices
    private let focus: X11Focus
    private let pointer: X11Pointer
    private let motions: X11Motions
    private let recipient: X11Recipient
    private let repeats: X11Repeats?
    private let process = StoppedProcess()
    private let now: @Sendable () -> Milliseconds
    private var clock = ServerClock()
    /// When motions were asked for last, in monotonic time.
    private var lastMove: Milliseconds = 0
    /// The window that got the last key.
    private var typedInto: UInt?
    /// What made the presses of the keys that are down.
    private var origins: [UInt32: InputOrigin] = [:]
    /// How late the latest event of known time came.
    private var delay: Milliseconds = 0

    /// Motions and the pointer's place are asked for at most each 16 ms.
    private static let moveInterval: Milliseconds = 16
    /// Input that is older is a backlog, which is forgotten: the machine slept, or this process was frozen.
    private static let longestDelay: Milliseconds = 1000
    /// How old a repeat is before it is judged, so that raw events before it are known.
    private static let repeatAge = Milliseconds(clamping: X11Repeats.patience)
    /// The pointer's place and a key's recipient are asked for, so they are right only for an event that has just
    /// happened.
    private static let longestAnswerDelay: Milliseconds = 100

    init(display name: String?, now: @escaping @Sendable () -> Milliseconds) throws(X11Failure) {
        display = try X11Display(name: name)
        self.now = now
        keyboard = try X11Keyboard(display: display)
        devices = try X11Devices(display: display)
        focus = X11Focus(display: display)
        pointer = X11Pointer(display: display)
        motions = try X11Motions(display: name)
        recipient = X11Recipient(display: display)
        repeats = X11Repeats(display: name)
        XSync(display.pointer, 0)
        try display.check()
    }

    var descriptors: [Int32] {
        [display.descriptor, process.descriptor] + (repeats.map { [$0.descriptor] } ?? [])
            + (moveWait == 0 ? [motions.descriptor] : [])
    }

    /// After how many milliseconds `read` has something to do even if no event comes; -1 for never.
    var patience: Int32 {
        let waits = [repeats?.isWaiting == true ? X11Repeats.patience : 0, moveWait].filter { $0 > 0 }
        return waits.min() ?? -1
    }

    /// In how many milliseconds motions may be asked for.
    private var moveWait: Int32 {
        let uptime = CaptureClock.uptime()
        guard uptime >= lastMove, uptime < lastMove + Self.moveInterval else { return 0 }
        return Int32(clamping: (lastMove + Self.moveInterval - uptime).rawValue)
    }

    func start(_ emit: Emit) { focus.start(at: now()) { emit(observed($0)) } }

    /// The events that have arrived since the last call.
    func read(_ emit: Emit) throws(X11Failure) {
        repeat {
            try readQueue(emit)
            try move(emit)
            // An answer brings the events before it along, of which the descriptor says nothing.
        } while display.hasQueuedEvents
    }

    private func readQueue(_ emit: Emit) throws(X11Failure) {
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
        for press in repeats?.ripe({ clock.age(of: $0, at: CaptureClock.uptime()) >= Self.repeatAge }) ?? [] {
            repeated(press, emit)
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
            let late = delay
            let repeated = repeats?.before(code, isPress: type == XI_RawKeyPress, at: serverTime) ?? []
            for press in repeated { self.repeated(press, emit) }
            delay = late
            repeats?.note(code, isPress: type == XI_RawKeyPress, at: serverTime)
            origins[code] = type == XI_RawKeyPress ? origin : nil
            if type == XI_RawKeyPress {
                press(code, isRepeat: false, origin, emit)
            } else {
                let key = KeyEvent(time: time, isPress: false, code: code, key: "", origin: origin)
                emit(observed(.key(key)))
            }
        case XI_RawButtonPress, XI_RawButtonRelease:
            if let action = PointerContent.Action(button: raw.detail, isPress: type == XI_RawButtonPress) {
                point(action, origin, serverTime, emit)
            }
        default: break
        }
    }

    private func repeated(_ press: X11Repeats.Press, _ emit: Emit) {
        delay = clock.age(of: press.time, at: CaptureClock.uptime())
        self.press(press.code, isRepeat: true, origins[press.code] ?? .device, emit)
    }

    /// A key goes down, or is held and repeats.
    private func press(_ code: UInt32, isRepeat: Bool, _ origin: InputOrigin, _ emit: Emit) {
        let window = focus.current?.window
        let isOwn = window.map { recipient.isOwn($0, isLate: delay > Self.longestAnswerDelay) } ?? false
        // A sequence goes on only with keys that the same window gets.
        let target = isOwn && !focus.isGrabbed ? window : nil
        if target == nil || target != typedInto { keyboard.endSequence() }
        typedInto = target
        let (name, text) = keyboard.press(code)
        let key = KeyEvent(
            time: time, isPress: true, code: code, key: name, text: text, origin: origin, isRepeat: isRepeat,
            isOwn: isOwn)
        emit(observed(.key(key)))
    }

    /// The pointer has moved: what is recorded is its place now, at this time.
    private func move(_ emit: Emit) throws(X11Failure) {
        guard moveWait == 0, let motion = try motions.take() else { return }
        lastMove = CaptureClock.uptime()
        // Where no window may be recorded, no place is asked for.
        guard focus.current != nil else { return }
        point(.move, devices.origin(of: motion.source), motion.time, emit)
    }

    private func point(_ action: PointerContent.Action, _ origin: InputOrigin, _ serverTime: UInt32, _ emit: Emit) {
        guard let place = pointer.place(in: focus.current?.window ?? 0) else { return }
        // By the time of the answer, which tells where the pointer is then.
        let isRecent = clock.age(of: serverTime, at: CaptureClock.uptime()) <= Self.longestAnswerDelay
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
