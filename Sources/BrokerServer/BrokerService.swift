import Broker
package import Logging
import Replica
import Sealing
import ServiceLifecycle
package import Serving

/// Follows the ledger continuously, and submits the broker's own statements.
package struct BrokerService: Service {
    private let house: BrokerServerContext
    private let stop: FatalStop
    private let logger: Logger
    private let interval: Duration

    package init(
        _ house: BrokerServerContext, stop: FatalStop, logger: Logger, interval: Duration = .milliseconds(250)
    ) {
        self.house = house
        self.stop = stop
        self.logger = logger
        self.interval = interval
    }

    private var broker: Broker { house.broker }

    package func run() async throws {
        await FollowingLoop.untilShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await follow() }
                group.addTask { await submit() }
                group.addTask { await keepStates() }
            }
        }
    }

    private func follow() async {
        let loop = FollowingLoop(stop: stop, logger: logger, interval: interval)
        // A broker cosigns before the ledger has a checkpoint to follow.
        await loop(failingAt: { _ in await broker.follower.followed == nil ? .info : .warning }) {
            () async throws(CofferError) in
            try await broker.follow()
            await house.witnessFollows()
        }
    }

    /// Signs the state once a day and after many new entries; a restart then replays only later entries.
    private func keepStates() async {
        while !Task.isCancelled {
            if let snapshot = await house.dueState {
                do throws(CofferError) { try await house.states.keepAside(snapshot) } catch {
                    logger.say(.warning, .stateNotKept, [.code: .code(error)])
                }
            }
            try? await Task.sleep(for: interval * 8)
        }
    }

    private func submit() async {
        while !Task.isCancelled {
            if let followed = await broker.follower.newest {
                do throws(CofferError) { try await broker.submit(followed, to: house.ledger(followed)) } catch {
                    logger.say(.error, .cannotSubmit, [.code: .code(error), .rule: .rule(error)])
                }
            }
            try? await Task.sleep(for: interval)
        }
    }
}
