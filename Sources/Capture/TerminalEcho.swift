import Glibc
import Sealing

/// Whether a terminal in a window asks for a password: then it echoes nothing and still waits for whole lines. Editors
/// and shells switch both off.
///
/// It is known only for terminals of this machine: the pseudo-terminals of the window's process and its descendants. A
/// password that a program on another machine asks for, through ssh, looks like any typing.
final class TerminalEcho {
    private var process: UInt32 = 0
    private var terminals: [UInt32] = []
    private var listed: Milliseconds = 0
    /// Since when the echo is known to be on; nil while it is off.
    private var onSince: Milliseconds?

    /// How long the list of a window's terminals is believed.
    private static let listLife: Milliseconds = 1000
    private static let mostProcesses = 512

    /// Looks now. Call it often, so that the time at which an echo came back is known well.
    func look(at process: UInt32?, _ uptime: Milliseconds) {
        if process != self.process || uptime >= listed + Self.listLife || uptime < listed {
            if process != self.process { onSince = nil }
            self.process = process ?? 0
            listed = uptime
            terminals = process.map { Self.terminals(of: $0) } ?? []
        }
        if terminals.contains(where: Self.asksForPassword) {
            onSince = nil
        } else {
            onSince = onSince ?? uptime
        }
    }

    /// Whether the window has terminals that may stop echoing.
    var hasTerminals: Bool { !terminals.isEmpty }

    /// Whether a key of this time may be recorded: the echo was on before it, and has been since.
    func wasOn(at time: Milliseconds) -> Bool { terminals.isEmpty || onSince.map { $0 <= time } ?? false }

    private static func asksForPassword(_ terminal: UInt32) -> Bool {
        let descriptor = open("/dev/pts/\(terminal)", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        // Not kept open: a terminal ends with the last who has it open.
        defer { close(descriptor) }
        var mode = termios()
        guard tcgetattr(descriptor, &mode) == 0 else { return false }
        return mode.c_lflag & tcflag_t(ECHO) == 0 && mode.c_lflag & tcflag_t(ICANON) != 0
    }

    /// The numbers of the pseudo-terminals of a process and its descendants.
    private static func terminals(of process: UInt32) -> [UInt32] {
        var waiting = [process]
        var seen: Set<UInt32> = []
        var terminals: Set<UInt32> = []
        while let next = waiting.popLast(), seen.count < mostProcesses {
            guard seen.insert(next).inserted else { continue }
            if next != process, let terminal = terminal(of: next) { terminals.insert(terminal) }
            waiting += children(of: next)
        }
        return terminals.sorted()
    }

    private static func children(of process: UInt32) -> [UInt32] {
        guard let threads = opendir("/proc/\(process)/task") else { return [] }
        defer { closedir(threads) }
        var children: [UInt32] = []
        while let entry = readdir(threads) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard UInt32(name) != nil else { continue }
            let text = contents("/proc/\(process)/task/\(name)/children")
            children += text.split(separator: " ").compactMap { UInt32($0) }
        }
        return children
    }

    /// The controlling pseudo-terminal; nil for none and for consoles.
    private static func terminal(of process: UInt32) -> UInt32? {
        let text = contents("/proc/\(process)/stat")
        // After the name in parentheses: state, parent, group, session, terminal.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 4, let device = UInt32(fields[4]) else { return nil }
        let major = device >> 8 & 0xfff
        let minor = device & 0xff | device >> 12 & 0xfff00
        return (136...143).contains(major) ? (major - 136) * 256 + minor : nil
    }

    private static func contents(_ path: String) -> String {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
