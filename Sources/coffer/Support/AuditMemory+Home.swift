import Audit
import Replica
import Sealing

extension AuditMemory {
    /// What this machine remembers of a log that it verified.
    init(home: Home, pin: Pin) {
        self.init(directory: home.state + "/audit", pin: pin, program: Coffer.version, now: Now.milliseconds)
    }
}

extension KnownLog.Basis {
    /// What an answer rests on, for scripts.
    var members: [(String, JSONValue)] {
        switch self {
        case .beginning: [("basis", "beginning")]
        case .snapshot(let size, let made):
            [
                ("basis", "snapshot"), ("snapshot", .integer(Int(clamping: size))),
                ("verified", .string(Output.rfc3339(made))),
            ]
        }
    }
}
