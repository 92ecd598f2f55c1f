import Foundation
import Sealing

/// The terminal that the person sits at, while something secret is typed or shown on it.
///
/// A signal that ends the command in the meantime first puts the terminal back: echo on, the page gone.
final class Terminal {
    private let descriptor: Int32

    /// Nil without a terminal, as in a service.
    init?() {
        descriptor = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// Asks for a line that is not shown while it is typed; `read` reads it from the descriptor.
    func ask<R: ~Copyable>(_ prompt: String, _ read: (Int32) throws -> R) throws -> R {
        let modes = try self.modes()
        TerminalSignals.begin(descriptor, modes, clears: false)
        defer { TerminalSignals.end() }
        var silent = modes
        silent.c_lflag &= ~tcflag_t(ECHO)
        silent.c_lflag |= tcflag_t(ECHONL)
        // A job that is stopped here would go on with echo, so the key that stops jobs does nothing.
        withUnsafeMutableBytes(of: &silent.c_cc) { $0[Int(VSUSP)] = 0 }
        guard tcsetattr(descriptor, TCSAFLUSH, &silent) == 0 else { throw Self.noEcho }
        say(prompt)
        return try read(descriptor)
    }

    /// Shows a page of its own, away from what the terminal keeps to scroll back to, and clears it when `body` ends.
    func page<R>(_ text: String, _ body: () throws -> R) throws -> R {
        TerminalSignals.begin(descriptor, try modes(), clears: true)
        defer { TerminalSignals.end() }
        say("\u{1b}[?1049h\u{1b}[2J\u{1b}[H" + text)
        return try body()
    }

    /// Whether the person answers the question with yes.
    func confirms(_ question: String) -> Bool {
        say(question)
        return line() == "yes"
    }

    /// The next line that is typed, without its end; nil at the end of input.
    func line() -> String? {
        var line = Bytes()
        var byte: UInt8 = 0
        while line.count < 4096 {
            let count = read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return line.isEmpty ? nil : String(decoding: line, as: UTF8.self) }
            if byte == 10 { break }
            line.append(byte)
        }
        return String(decoding: line, as: UTF8.self)
    }

    private func say(_ text: String) {
        _ = text.withCString { write(descriptor, $0, strlen($0)) }
    }

    private func modes() throws -> termios {
        var modes = termios()
        guard tcgetattr(descriptor, &modes) == 0 else { throw Self.noEcho }
        return modes
    }

    private static let noEcho = CofferError(.configuration, "The terminal's echo cannot be turned off.")
}

/// Puts the terminal back when a signal ends the process. One terminal at a time.
///
/// A signal handler may allocate nothing and take no lock, so what it needs stands in memory that is made before.
private enum TerminalSignals {
    struct Kept {
        var descriptor: Int32 = -1
        var modes = termios()
        var clears = false
    }

    private static let numbers = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
    // Written before the handlers that read it are installed, and after they are removed.
    private nonisolated(unsafe) static let kept: UnsafeMutablePointer<Kept> = {
        let kept = UnsafeMutablePointer<Kept>.allocate(capacity: 1)
        kept.initialize(to: Kept())
        return kept
    }()
    /// Clears the screen and what scrolls back, then leaves the page.
    private static let clearing: StaticString = "\u{1b}[2J\u{1b}[3J\u{1b}[H\u{1b}[?1049l"

    static func begin(_ descriptor: Int32, _ modes: termios, clears: Bool) {
        kept.pointee = Kept(descriptor: descriptor, modes: modes, clears: clears)
        for number in numbers {
            var old = sigaction()
            // A signal that the caller ignores, as nohup does, stays ignored.
            guard sigaction(number, nil, &old) == 0, !isIgnored(old) else { continue }
            var new = sigaction()
            new.__sigaction_handler.sa_handler = { number in TerminalSignals.restoreAndEnd(number) }
            sigaction(number, &new, nil)
        }
    }

    static func end() {
        restore()
        for number in numbers {
            var old = sigaction()
            if sigaction(number, nil, &old) == 0, !isIgnored(old) { signal(number, SIG_DFL) }
        }
        kept.pointee.descriptor = -1
    }

    private static func isIgnored(_ action: sigaction) -> Bool {
        unsafeBitCast(action.__sigaction_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    private static func restore() {
        guard kept.pointee.descriptor >= 0 else { return }
        // Without this a process in the background would be stopped instead of restoring the modes.
        signal(SIGTTOU, SIG_IGN)
        if kept.pointee.clears { write(kept.pointee.descriptor, clearing.utf8Start, clearing.utf8CodeUnitCount) }
        tcsetattr(kept.pointee.descriptor, TCSAFLUSH, &kept.pointee.modes)
    }

    private static func restoreAndEnd(_ number: Int32) {
        restore()
        // The signal ends the process once its handler has returned.
        signal(number, SIG_DFL)
        raise(number)
    }
}
