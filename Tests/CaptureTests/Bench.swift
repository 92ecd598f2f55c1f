import Capture
import CofferTestKit
import Records
import Sealing
import Testing
import Vault

/// A pipeline whose time moves only by hand.
final class Bench {
    let home: TemporaryVault
    let segments: OpenSegments
    let pipeline: Pipeline
    let clock: ManualClock
    private(set) var uptime: Milliseconds = 1000

    init(_ policy: CapturePolicy = .test, at start: Milliseconds = 1_795_521_600_000) throws {
        home = try TemporaryVault()
        clock = ManualClock(start)
        segments = OpenSegments(sealer: try home.sealer)
        pipeline = try Pipeline(policy: policy, segments: segments)
    }

    func pass(_ milliseconds: Milliseconds) throws {
        clock.advance(by: milliseconds)
        uptime += milliseconds
        pipeline.begin(uptime)
        try pipeline.tick(now: clock.now, uptime: uptime)
    }

    func receive(_ event: CaptureEvent, late: Milliseconds = 0) {
        pipeline.receive(ObservedEvent(event, uptime: uptime - late))
    }

    func focus(_ app: String?, title: String = "", isCoffer: Bool = false) {
        let focus = app.map { Focus(window: 1, app: AppName(test: $0), title: title, isCoffer: isCoffer) }
        receive(.focus(focus, time: clock.now))
    }

    func type(_ text: String, late: Milliseconds = 0) {
        for character in text {
            press(String(character), late: late)
            release(String(character), late: late)
        }
    }

    func press(_ key: String, late: Milliseconds = 0) { send(key, isPress: true, late) }
    func release(_ key: String, late: Milliseconds = 0) { send(key, isPress: false, late) }

    func point(_ action: PointerContent.Action, isOver: Bool) {
        let content = PointerContent(
            action: action, x: 1, y: 1, screenWidth: 64, screenHeight: 64, origin: .device)
        receive(.pointer(content, isOver: isOver, time: clock.now))
    }

    func send(_ key: String, isPress: Bool, _ late: Milliseconds, isRepeat: Bool = false, isOwn: Bool = true) {
        let code = UInt32(key.unicodeScalars.first?.value ?? 0)
        let event = KeyEvent(
            time: clock.now, isPress: isPress, code: code, key: isPress ? key : "", origin: .device,
            isRepeat: isRepeat, isOwn: isOwn)
        receive(.key(event), late: late)
    }

    func show(_ frame: ScreenFrame, window: UInt = 1) {
        receive(.frame(TiledFrame(frame), window: window, time: clock.now))
    }

    /// Ends it; what was typed into all key segments.
    func typed() throws -> String {
        try pipeline.finish()
        return try home.segments(.keys).map(\.typed).joined(separator: "|")
    }
}

extension CapturePolicy {
    static let test = CapturePolicy(
        isOn: true, apps: [AppName(test: "editor"), AppName(test: "shell")], kinds: [.keys, .window, .screen])
}
