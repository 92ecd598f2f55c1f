import Logging
import Replica
import Sealing
import ServiceLifecycle
import Serving

/// Keeps the ledger's state now and then, signed with the ledger's own key, so that a restart replays only what came
/// later.
package struct StateKeeper: Service {
    let sequencer: Sequencer
    let states: SignedSnapshotFile
    let logger: Logger
    /// How often it looks whether a state is due.
    var interval: Duration = .seconds(10)

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await keepIfDue()
                try? await Task.sleep(for: interval)
            }
        }
    }

    /// Keeps the state at the published checkpoint, if it is due.
    func keepIfDue() async {
        guard let snapshot = await sequencer.snapshot, states.isDue(size: snapshot.size) else { return }
        do throws(CofferError) { try await states.keepAside(snapshot) } catch {
            logger.say(.warning, .stateNotKept, [.code: .code(error)])
        }
    }
}
