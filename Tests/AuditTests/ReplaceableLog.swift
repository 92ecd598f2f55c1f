import Ledger
import Replica
import Sealing
import Synchronization

/// Serves whatever log it was given last; without one it is down.
final class ReplaceableLog: EntrySource {
    private let log: Mutex<ScenarioLog?>

    init(_ log: ScenarioLog? = nil) { self.log = Mutex(log) }

    func serve(_ log: ScenarioLog?) { self.log.withLock { $0 = log } }

    private func served() throws(CofferError) -> ScenarioLog {
        guard let log = log.withLock({ $0 }) else { throw CofferError(.tryLater, "It is down.") }
        return log
    }

    func checkpoint() async throws(CofferError) -> Bytes { try await served().checkpoint() }
    func entries(bundle: UInt64, width: Int) async throws(CofferError) -> [ArraySlice<UInt8>] {
        try await served().entries(bundle: bundle, width: width)
    }
}
