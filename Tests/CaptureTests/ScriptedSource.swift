import Capture
import CofferTestKit
import Records
import Sealing
import Synchronization

/// A source that reports what a test tells it to.
final class ScriptedSource: Source, Sendable {
    private let script: Mutex<[CaptureEvent]>

    init() { script = Mutex([]) }

    var descriptors: [Int32] { [] }
    var missingKinds: Set<Kind> { [] }
    func events(screen: Bool) throws -> [ObservedEvent] {
        script.withLock { script in
            defer { script = [] }
            return script.map { ObservedEvent($0, uptime: CaptureClock.uptime()) }
        }
    }
    func deadline(screen: Bool) -> Milliseconds? { CaptureClock.uptime() + 20 }
    func stop() {}

    func report(_ events: [CaptureEvent]) { script.withLock { $0 += events } }

    /// Reports, and returns once the agent has taken it all.
    func deliver(_ events: [CaptureEvent]) throws {
        report(events)
        try eventually("the agent took it") { script.withLock { $0.isEmpty } }
    }
}

/// What most scripts are made of.
enum Script {
    static let policy = CapturePolicy(
        isOn: true, apps: [AppName(test: "editor")], kinds: [.keys, .window, .screen])

    static var editor: CaptureEvent {
        .focus(Focus(window: 1, app: AppName(test: "editor"), title: "t"), time: CaptureClock.real())
    }

    /// A press of each character.
    static func keys(_ text: String) -> [CaptureEvent] {
        text.map { character in
            .key(
                KeyEvent(
                    time: CaptureClock.real(), isPress: true, code: UInt32(character.unicodeScalars.first?.value ?? 0),
                    key: String(character), origin: .device))
        }
    }
}
