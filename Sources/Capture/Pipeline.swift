import Records
package import Sealing

/// Turns events into records: checks what may be recorded, holds input for a moment in which it can still be dropped,
/// and writes the journals.
///
/// It has no clock: `now` is the records' time, `uptime` is monotonic.
package final class Pipeline {
    /// How long input and frames are held before they are written, in milliseconds.
    package static let hold: Milliseconds = 400
    /// How often the journals are made durable, in milliseconds.
    package static let flushInterval: Milliseconds = 500

    package enum CaptureState: String, Sendable {
        case off, halted, paused, discarding
        /// The window with the keyboard may not be recorded.
        case waiting
        case recording
    }

    package var policy: CapturePolicy { didSet { if policy != oldValue { dropUnlessOpen() } } }
    package var isHalted = false { didSet { dropUnlessOpen() } }
    package var isPaused = false { didSet { dropUnlessOpen() } }
    /// Whether a passphrase is being typed or a recovery sheet is shown.
    package var isDiscarding = false { didSet { dropUnlessOpen() } }
    package private(set) var droppedCount = 0

    private let segments: OpenSegments
    private let input: HeldInput
    private var held: [HeldRecord] = []
    private var focus: Focus?
    private var isGrabbed = false
    /// The keys and buttons that are down, and their apps. A release is recorded only if its press was.
    private var pressed: [UInt32: (key: String, app: AppName)] = [:]
    private var lastFlush: Milliseconds = 0

    /// A record that waits. Its bytes are in locked memory, its pixels in memory that no core dump contains.
    private struct HeldRecord {
        enum Content {
            case input(kind: Kind, count: Int)
            case frame(ScreenFrame)
        }

        let content: Content
        let app: AppName
        let time: Milliseconds
        let due: Milliseconds
    }

    package init(policy: CapturePolicy, segments: OpenSegments) throws(SecretMemoryError) {
        self.policy = policy
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

    package var hasHeld: Bool { !held.isEmpty }
    package var wantsScreen: Bool { app(for: .screen) != nil }

    /// The app that may be recorded now; nil if none.
    private var openApp: AppName? {
        guard policy.isOn, !isHalted, !isPaused, !isDiscarding, !isGrabbed, let focus, !focus.isCoffer,
            policy.apps.contains(focus.app)
        else { return nil }
        return focus.app
    }

    private func app(for kind: Kind) -> AppName? { policy.kinds.contains(kind) ? openApp : nil }

    package func receive(_ event: CaptureEvent, uptime: Milliseconds) {
        switch event {
        case .focus(let next, let time): move(to: next, at: time, uptime)
        case .grab(let isGrabbed):
            self.isGrabbed = isGrabbed
            if isGrabbed { drop() }
        case .key(let key): receive(key, uptime)
        case .pointer(let content, let time):
            if let app = app(for: .pointer) { keep(.pointer(content), app, time, uptime) }
        case .frame(let frame, let window, let time):
            guard let app = app(for: .screen), focus?.window == window else { return }
            held.append(HeldRecord(content: .frame(frame), app: app, time: time, due: uptime + Self.hold))
        }
    }

    private func move(to next: Focus?, at time: Milliseconds, _ uptime: Milliseconds) {
        focus = next
        // The focus is unknown, so nothing is recorded until it is known again. Held input stays valid.
        guard next != nil else { return }
        guard openApp != nil else { return drop() }
        if let next, let app = app(for: .window) { keep(.window(WindowContent(title: next.title)), app, time, uptime) }
    }

    private func receive(_ key: KeyEvent, _ uptime: Milliseconds) {
        if key.isPress {
            pressed[key.code] = nil
            guard let app = app(for: .keys) else { return }
            pressed[key.code] = (key.key, app)
            keep(.keys(KeyContent(isPress: true, key: key.key, origin: key.origin)), app, key.time, uptime)
        } else if let press = pressed.removeValue(forKey: key.code), app(for: .keys) != nil {
            keep(.keys(KeyContent(isPress: false, key: press.key, origin: key.origin)), press.app, key.time, uptime)
        }
    }

    private func keep(_ content: RecordContent, _ app: AppName, _ time: Milliseconds, _ uptime: Milliseconds) {
        let bytes = content.record(at: time).json
        guard input.push(bytes) else {
            droppedCount += 1
            return
        }
        held.append(
            HeldRecord(
                content: .input(kind: content.kind, count: bytes.count), app: app, time: time, due: uptime + Self.hold)
        )
    }

    private func dropUnlessOpen() { if state != .recording, state != .waiting { drop() } }

    /// Forgets held input and pressed keys: a release without its press would reveal what was pressed.
    private func drop() {
        droppedCount += held.count
        held = []
        pressed = [:]
        input.drop()
    }

    /// Writes what was held long enough, makes it durable, and closes finished segments.
    package func tick(now: Milliseconds, uptime: Milliseconds) throws {
        try writeRipe(uptime)
        guard uptime >= lastFlush + Self.flushInterval || uptime < lastFlush else { return }
        lastFlush = uptime
        try segments.flush()
        try segments.closeFinished(now: now, uptime: uptime)
    }

    private func writeRipe(_ uptime: Milliseconds) throws {
        let ripe = held.prefix { $0.due <= uptime }
        held.removeFirst(ripe.count)
        for item in ripe { try write(item, uptime) }
    }

    /// Seals what was held long enough, so that commands can act on it. What is held longer goes into new segments.
    package func closeSegments(uptime: Milliseconds) throws {
        try writeRipe(uptime)
        try segments.closeAll()
    }

    private func write(_ item: HeldRecord, _ uptime: Milliseconds) throws {
        switch item.content {
        case .input(let kind, let count):
            let record = Record(time: item.time, json: input.pop(count))
            try segments.add(record, kind: kind, app: item.app, uptime: uptime)
        case .frame(let frame): try segments.add(frame, at: item.time, app: item.app, uptime: uptime)
        }
    }

    /// Ends: forgets held input and seals what was written.
    package func finish() throws {
        drop()
        try segments.closeAll()
    }
}
