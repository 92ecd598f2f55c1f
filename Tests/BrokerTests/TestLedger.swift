import CofferTestKit
import Ledger
import Replica
import Rules
import Sealing
import Synchronization

/// A ledger that a test writes and a broker follows; it can be down, and its head is as old as the test likes.
final class TestLedger: EntrySource {
    private struct Served {
        var scenario: Scenario
        var head: Bytes
        var isDown = false
    }

    private let served: Mutex<Served>

    init(_ scenario: Scenario) throws {
        served = Mutex(Served(scenario: scenario, head: try scenario.head(at: scenario.now).encoded))
    }

    /// Publishes what the scenario has come to, cosigned at a time.
    func publish(_ scenario: Scenario, at time: Milliseconds? = nil, cosigners: [String]? = nil) throws {
        let head = try scenario.head(at: time ?? scenario.now, cosigners: cosigners).encoded
        served.withLock { $0 = Served(scenario: scenario, head: head) }
    }

    var isDown: Bool {
        get { served.withLock(\.isDown) }
        set { served.withLock { $0.isDown = newValue } }
    }

    func checkpoint() async throws(CofferError) -> Bytes {
        guard let head = served.withLock({ $0.isDown ? nil : $0.head }) else {
            throw CofferError(.tryLater, "The ledger is down.")
        }
        return head
    }

    func entries(bundle: UInt64, width: Int) async throws(CofferError) -> [ArraySlice<UInt8>] {
        served.withLock { $0.scenario.entries.dropFirst(Int(bundle) * 256).prefix(width).map { $0.encoded[...] } }
    }
}
