package import Records
package import Sealing

/// Turns events into records: checks what may be recorded, holds input for a moment in which it can still be dropped,
/// and writes the journals.
///
/// It has no clock: `now` is the records' time, `uptime` is monotonic.
package final class Pipeline {
    /// How long input and frames are held before they are written, in milliseconds.
    package static let hold: Milliseconds = 400
    /// How often segments whose time is over are closed, in milliseconds.
    private static let closingInterval: Milliseconds = 500

    /// How long after the last write the next one comes, in milliseconds: seldom enough that a slow disk is not kept
    /// busy, and often enough that a crash loses less than a second, with the hold and the write itself.
    package static func flushInterval(afterWriteOf cost: Milliseconds) -> Milliseconds {
        max(50, min(max(200, cost * 10), Milliseconds(500) - cost))
    }

    package enum CaptureState: String, Sendable {
        case off, halted, paused, discarding
        /// The window with the keyboard may not be recorded.
        case waiting
        case recording
    }

    package var policy: CapturePolicy { didSet { changed(policy != oldValue) } }
    package var isHalted = false { didSet { changed(isHalted != oldValue) } }
    package var isPaused = false { didSet { changed(isPaused != oldValue) } }
    /// Whether a passphrase is being typed or a recovery sheet is shown.
    package var isDiscarding = false { didSet { changed(isDiscarding != oldValue) } }
    /// Whether something is being redacted: no frame is taken until it is known what may not be shown any more.
    package var isVeiled = false { didSet { veil(was: oldValue) } }
    package private(set) var droppedCount = 0
    /// Keys that went down and were not recorded, for any reason.
    package private(set) var keysNotRecorded = 0

    private let segments: OpenSegments
    private let echo = TerminalEcho()
    private let input: HeldInput
    /// What waits, in the order of arrival. Input stays in locked memory until it is sealed; frames are packed sooner.
    private var held: [HeldRecord] = []
    private var heldFrames: [HeldRecord] = []
    private var focus: Focus?
    private var isGrabbed = false
    /// The keys and buttons that are down, and their apps. A release is recorded only if its press was.
    private var pressed: [UInt32: (key: String, app: AppName)] = [:]
    /// The buttons that went down over a recorded window: the drag is that app's until they are up.
    private var dragged: [String: AppName] = [:]
    /// The title that the last window record has.
    private var recorded: Focus?
    /// The last title of each app that was written, as its record's object.
    private var titles: [AppName: KeptTitle] = [:]
    private let stopwatch: () -> Milliseconds
    /// When the journals may be written again, and when segments are closed next.
    private var nextFlush: Milliseconds = 0
    private var nextClosing: Milliseconds = 0
    /// The window that had the keyboard when a prompt was open.
    private var promptWindow: UInt?
    /// Windows in which a prompt was killed: what it showed may still be there.
    private var uncleared: Set<UInt> = []
    /// What was redacted and may still be on the screen.
    private var remnants: [AppName: Remnants] = [:]
    /// Where it may be in apps whose last frame is not at hand: that is taken from the next one.
    private var repainting: [AppName: [Remnants.Area]] = [:]
    private var turn: Milliseconds = 0
    /// What may be recorded has not changed since then, in monotonic time. Events from before were seen too late to
    /// know what was allowed when they happened.
    private var unchangedSince: Milliseconds = 0

    /// A record that waits. Its bytes are in locked memory, its pixels in memory that no core dump contains.
    private struct HeldRecord {
        enum Content {
            case input(kind: Kind, count: Int, isPress: Bool)
            case frame(TiledFrame)
        }

        let content: Content
        let app: AppName
        let time: Milliseconds
        let due: Milliseconds
    }

    /// `stopwatch` measures what a write costs.
    package init(
        policy: CapturePolicy, segments: OpenSegments, stopwatch: @escaping () -> Milliseconds = CaptureClock.uptime
    ) throws(SecretMemoryError) {
        self.policy = policy
        self.stopwatch = stopwatch
        self.segments = segments
        input = try HeldInput()
    }

    package var state: CaptureState {
        if !policy.isOn { return .off }
        if isHalted { return .halted }
        if isPaused { return .paused }
        if isDiscarding { return .discarding }
        return openApp == nil ? .waiting : .recording
    }

    package var wantsScreen: Bool { !isVeiled && app(for: .screen, at: turn) != nil }

    /// The app that may be recorded now; nil if none.
    private var openApp: AppName? {
        guard policy.isOn, !isHalted, !isPaused, !isDiscarding, !isGrabbed, let focus, !focus.isCoffer,
            policy.apps.contains(focus.app), NeverCaptured.reason(title: focus.title) == nil
        else { return nil }
        return focus.app
    }

    private func app(for kind: Kind, at uptime: Milliseconds) -> AppName? {
        guard policy.kinds.contains(kind), uptime >= unchangedSince else { return nil }
        if kind == .screen, let focus, uncleared.contains(focus.window) { return nil }
        return openApp
    }

    /// Begins a turn of the agent's loop, whose changes of what may be recorded hold from now on.
    package func begin(_ uptime: Milliseconds) {
        turn = uptime
        if policy.kinds.contains(.keys), openApp != nil { echo.look(at: focus?.process, uptime) }
    }

    /// A prompt is open, most likely in the window that has the keyboard.
    func notePrompt() { promptWindow = promptWindow ?? focus?.window }

    /// A prompt has ended. Where one was killed, a recovery sheet may still be shown: frames of that window are not
    /// recorded any more.
    func endPrompt(isKilled: Bool) {
        if isKilled, let promptWindow { uncleared.insert(promptWindow) }
        promptWindow = nil
    }

    /// The employee says that all windows may be shown again.
    func showAgain() { uncleared = [] }

    package func receive(_ observed: ObservedEvent) {
        let uptime = observed.uptime
        switch observed.event {
        case .focus(let next, let time): move(to: next, at: time, uptime)
        case .grab(let isGrabbed):
            self.isGrabbed = isGrabbed
        case .key(let key): receive(key, uptime)
        case .pointer(let content, let isOver, let time):
            if let app = app(of: content, isOver: isOver, uptime) {
                stateTitle(at: time, uptime)
                keep(.pointer(content), app, time, uptime)
            }
        case .frame(let frame, let window, let time):
            guard !isVeiled, let app = app(for: .screen, at: uptime), focus?.window == window else { return }
            stateTitle(at: time, uptime)
            hold(.frame(covered(frame, of: app)), app, time, uptime)
        }
    }

    /// The app to which a pointer event belongs: that of the window under the pointer, or where a drag began.
    private func app(of content: PointerContent, isOver: Bool, _ uptime: Milliseconds) -> AppName? {
        let open = app(for: .pointer, at: uptime)
        switch content.action {
        case .press(let button):
            dragged[button] = isOver ? open : nil
            return dragged[button]
        case .release(let button): return dragged.removeValue(forKey: button).flatMap { $0 == open ? open : nil }
        case .move: return isOver || dragged.values.contains { $0 == open } ? open : nil
        default: return isOver ? open : nil
        }
    }

    private func move(to next: Focus?, at time: Milliseconds, _ uptime: Milliseconds) {
        focus = next
        // The focus is unknown, so nothing is recorded until it is known again. Held input stays valid.
        guard next != nil else { return }
        // What is held was typed before, into a window that may be recorded.
        guard openApp != nil else { return next?.isCoffer == true ? drop() : () }
        stateTitle(at: time, uptime)
    }

    /// Records the title, unless the last record has it.
    private func stateTitle(at time: Milliseconds, _ uptime: Milliseconds) {
        guard let focus, focus != recorded, let app = app(for: .window, at: uptime) else { return }
        recorded = focus
        keep(.window(WindowContent(title: focus.title)), app, time, uptime)
    }

    private func receive(_ key: KeyEvent, _ uptime: Milliseconds) {
        if key.isPress {
            // A repeat says again what its press said: only where that is recorded.
            let before = pressed.removeValue(forKey: key.code)
            guard key.isOwn, let app = app(for: .keys, at: uptime), isEchoed(at: uptime),
                !key.isRepeat || before?.app == app
            else {
                keysNotRecorded += 1
                return
            }
            stateTitle(at: key.time, uptime)
            pressed[key.code] = (key.isRepeat ? before?.key ?? key.key : key.key, app)
            let content = KeyContent(isPress: true, key: key.key, text: key.text, origin: key.origin)
            keep(.keys(content), app, key.time, uptime, isPress: true)
        } else if let press = pressed.removeValue(forKey: key.code), app(for: .keys, at: uptime) != nil {
            keep(.keys(KeyContent(isPress: false, key: press.key, origin: key.origin)), press.app, key.time, uptime)
        }
    }

    /// Whether the terminal that gets a key shows it. It is asked after the key, and was asked before it.
    private func isEchoed(at uptime: Milliseconds) -> Bool {
        echo.look(at: focus?.process, max(turn, uptime))
        return echo.wasOn(at: uptime)
    }

    private func keep(
        _ content: RecordContent, _ app: AppName, _ time: Milliseconds, _ uptime: Milliseconds, isPress: Bool = false
    ) {
        let bytes = content.record(at: time).json
        guard input.push(bytes) else {
            droppedCount += 1
            if isPress { keysNotRecorded += 1 }
            return
        }
        hold(.input(kind: content.kind, count: bytes.count, isPress: isPress), app, time, uptime)
    }

    private func hold(_ content: HeldRecord.Content, _ app: AppName, _ time: Milliseconds, _ uptime: Milliseconds) {
        if case .frame = content {
            return heldFrames.append(HeldRecord(content: content, app: app, time: time, due: uptime + Self.hold))
        }
        // In the order of arrival, so that the queue of input stays in step.
        let due = max(uptime + Self.hold, held.last?.due ?? 0)
        held.append(HeldRecord(content: content, app: app, time: time, due: due))
    }

    private func changed(_ isOther: Bool) {
        if isOther { unchangedSince = turn }
        if state != .recording, state != .waiting { drop() }
    }

    /// Forgets held input and pressed keys: a release without its press would reveal what was pressed.
    private func drop() {
        droppedCount += held.count + heldFrames.count
        for case .input(_, _, isPress: true) in held.map(\.content) { keysNotRecorded += 1 }
        held = []
        heldFrames = []
        pressed = [:]
        dragged = [:]
        recorded = nil
        input.drop()
    }

    /// Writes what was held long enough, makes it durable at once, and closes finished segments.
    package func tick(now: Milliseconds, uptime: Milliseconds) throws {
        try writeRipe(&heldFrames, uptime)
        if uptime >= nextFlush {
            try writeRipe(&held, uptime)
            if segments.hasPending {
                let began = stopwatch()
                try segments.flush()
                nextFlush = uptime + Self.flushInterval(afterWriteOf: stopwatch() - began)
            }
        }
        guard uptime >= nextClosing else { return }
        nextClosing = uptime + Self.closingInterval
        try segments.closeFinished(now: now, uptime: uptime)
    }

    private func writeRipe(_ held: inout [HeldRecord], _ uptime: Milliseconds) throws {
        let ripe = held.prefix { $0.due <= uptime }
        guard !ripe.isEmpty else { return }
        segments.forgetRemoved()
        held.removeFirst(ripe.count)
        for item in ripe { try write(item, uptime) }
    }

    /// Seals what was held long enough, so that commands can act on it. What is held longer goes into new segments.
    package func closeSegments(uptime: Milliseconds) throws {
        try writeRipe(&heldFrames, uptime)
        try writeRipe(&held, uptime)
        try segments.closeAll()
    }

    private func write(_ item: HeldRecord, _ uptime: Milliseconds) throws {
        switch item.content {
        case .input(let kind, let count, _):
            let record = Record(time: item.time, json: input.pop(count))
            if kind == .window {
                // Without memory to lock, later segments go without it.
                titles[item.app] = try? KeptTitle(record.json)
            } else {
                try repeatTitle(before: item, kind, bytes: record.encodedCount, uptime)
            }
            try segments.add(record, kind: kind, app: item.app, uptime: uptime)
        case .frame(let frame):
            try repeatTitle(before: item, .screen, bytes: 0, uptime)
            try segments.add(frame, at: item.time, app: item.app, uptime: uptime)
        }
    }

    /// A new segment may be read without those before it: it is of another day, or they were removed. So the title is
    /// said again for it.
    private func repeatTitle(before item: HeldRecord, _ kind: Kind, bytes: Int, _ uptime: Milliseconds) throws {
        guard policy.kinds.contains(.window), let title = titles[item.app],
            segments.begins(kind, app: item.app, at: item.time, bytes: bytes),
            segments.begins(.window, app: item.app, at: item.time, bytes: title.count)
        else { return }
        try segments.add(Record(time: item.time, json: title.json), kind: .window, app: item.app, uptime: uptime)
    }

    /// When `tick` has something to do, in monotonic time; nil while nothing waits.
    package var deadline: Milliseconds? {
        let ripe = held.first.map { max($0.due, nextFlush) }
        return [ripe, heldFrames.first?.due, segments.hasPending ? nextFlush : nil].compactMap { $0 }.min()
    }

    /// Whether the window with the keyboard has terminals, in which a program may ask for a password at any time.
    package var watchesTerminals: Bool { policy.kinds.contains(.keys) && openApp != nil && echo.hasTerminals }

    // MARK: Redacting

    /// The frame without what was redacted.
    private func covered(_ frame: TiledFrame, of app: AppName) -> TiledFrame {
        guard remnants[app] != nil || repainting[app] != nil, let whole = try? ScreenFrame(frame) else { return frame }
        if let areas = repainting.removeValue(forKey: app) {
            remnants[app, default: Remnants()].add(areas, of: whole)
        }
        return remnants[app]?.covered(whole).map { TiledFrame($0, sharing: frame) } ?? frame
    }

    private func veil(was: Bool) {
        guard isVeiled != was else { return }
        segments.keepsFrames = isVeiled
    }

    /// What the last sealed frame of an app shows in this area is black in later frames, until it is repainted.
    package func blacken(_ patch: Remnants.Area, of app: AppName) {
        if let frame = segments.keptFrames[app].flatMap({ try? ScreenFrame($0) }) {
            remnants[app, default: Remnants()].add([patch], of: frame)
        } else {
            repainting[app, default: []].append(patch)
        }
    }

    /// The title of an app says what was redacted: it is not recorded again until it changes.
    package func forgetTitle(of app: AppName) {
        titles[app] = nil
        if focus?.app == app { recorded = focus }
    }

    /// Ends: seals what was held long enough, and forgets the rest.
    package func finish() throws {
        defer { drop() }
        try writeRipe(&heldFrames, turn)
        try writeRipe(&held, turn)
        try segments.closeAll()
    }
}
