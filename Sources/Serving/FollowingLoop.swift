package import Logging
package import Sealing
import ServiceLifecycle

/// Follows a ledger once an interval, for as long as the process runs.
package struct FollowingLoop: Sendable {
    private let stop: FatalStop
    private let logger: Logger
    private let interval: Duration

    package init(stop: FatalStop, logger: Logger, interval: Duration) {
        self.stop = stop
        self.logger = logger
        self.interval = interval
    }

    /// Until it is cancelled. A fork, or a store that cannot be used, ends the server; every other failure is said, as
    /// loudly as `level` has it, and tried again.
    package func callAsFunction(
        failingAt level: @Sendable (CofferError) async -> Logger.Level,
        _ follow: @Sendable () async throws(CofferError) -> Void
    ) async {
        var lastReason: String?
        while !Task.isCancelled {
            do throws(CofferError) {
                try await follow()
                if lastReason != nil { logger.say(.notice, .follows) }
                lastReason = nil
            } catch {
                let (code, rule) = (LogValue.code(error), LogValue.rule(error))
                if error.isFork || error.code == .configuration {
                    logger.say(.critical, .mustStop, [.code: code, .rule: rule])
                    return stop.fail(error)
                }
                // Said once for each new reason, not four times a second.
                let reason = "\(code) \(rule)"
                if lastReason != reason {
                    let ordinary = await level(error)
                    logger.say(
                        error.code == .tampering ? .error : ordinary, .cannotFollow, [.code: code, .rule: rule])
                }
                lastReason = reason
            }
            try? await Task.sleep(for: interval)
        }
    }

    /// Runs loops until the process shuts down. What is being fetched then from a server that does not answer is not
    /// waited for.
    package static func untilShutdown(_ loops: @escaping @Sendable () async -> Void) async {
        let task = Task { await loops() }
        try? await gracefulShutdown()
        task.cancel()
    }
}
