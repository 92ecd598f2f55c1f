import CX11
import Glibc

/// Tells whether this process was stopped (Ctrl-Z, SIGSTOP) and continued.
///
/// While SIGCONT is blocked in all threads, it is pending before any of them goes on. So a thread that asks after it
/// has read from the server knows whether what it read may have come while the process stood still.
package final class StoppedProcess {
    /// Readable once the process was continued; -1 when the system has no descriptor left.
    let descriptor: Int32 = coffer_continue_descriptor()

    /// Blocks SIGCONT. Call it on the first thread, before there are others.
    package static func watch() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGCONT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Whether the process was continued since the last call.
    func hasContinued() -> Bool {
        var received = [UInt8](repeating: 0, count: 128)
        return read(descriptor, &received, received.count) == received.count
    }

    deinit { close(descriptor) }
}
