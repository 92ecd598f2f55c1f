package import Logging
package import Sealing
import ServiceLifecycle
import Serving

/// Logs waiting pseudonyms once a UTC day.
package struct DeskService: Service {
    private let desk: Desk
    private let logger: Logger
    private let now: @Sendable () -> Milliseconds

    package init(_ desk: Desk, logger: Logger, now: @escaping @Sendable () -> Milliseconds) {
        self.desk = desk
        self.logger = logger
        self.now = now
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do throws(CofferError) { try await publishIfDue() } catch {
                    logger.say(.warning, .pseudonymsWait, [.code: .code(error), .rule: .rule(error)])
                }
                try? await Task.sleep(for: .seconds(60))
            }
        }
    }

    /// The first publication is the day after the desk started, so that the first people to enrol are not alone in
    /// their note.
    private func publishIfDue() async throws(CofferError) {
        let today = Day(of: now())
        guard let last = try desk.store.lastPublished() else { return try desk.store.setPublished(today) }
        guard last < today else { return }
        let count = try await desk.publish()
        if count > 0 { logger.say(.info, .pseudonymsLogged, [.count: .number(count)]) }
    }
}
