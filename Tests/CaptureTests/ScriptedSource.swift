import Capture
import CofferTestKit
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
