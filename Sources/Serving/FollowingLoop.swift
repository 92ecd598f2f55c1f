package import Logging
package import Sealing
import ServiceLifecycle

/// Follows a ledger once per interval, while the process runs.
package struct FollowingLoop: Sendable {
    private let stop: FatalStop
    private let logger: Logger
    private let interval: Duration

    package init(stop: FatalStop, logger: Logger, interval: Duration) {
        self.stop = stop
        self.logger = logger
        self.interval = interval
    }

    /// Runs until cancelled. A fork or an unusable store stops the server; other errors are logged at `level`
    /// (tampering always as an error) and retried.
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
                // Log each new reason once, not in every round.
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

    /// Runs loops until the process shuts down, then cancels them; it does not wait for a server that does not answer.
    package static func untilShutdown(_ loops: @escaping @Sendable () async -> Void) async {
        let task = Task { await loops() }
        try? await gracefulShutdown()
        task.cancel()
    }
}
