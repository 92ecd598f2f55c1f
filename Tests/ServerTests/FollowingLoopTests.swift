import Logging
import Sealing
import Serving
import Synchronization
import Testing

@Suite("Following a ledger", .timeLimit(.minutes(15)))
struct FollowingLoopTests {
    /// What each turn comes to, and in the end a fork.
    private final class Turns: Sendable {
        private let rest: Mutex<[CofferError?]>

        init(_ turns: [CofferError?]) { rest = Mutex(turns) }

        func next() throws(CofferError) {
            let next = rest.withLock {
                $0.isEmpty ? CofferError(.tampering, "two heads", rule: "fork") : $0.removeFirst()
            }
            if let next { throw next }
        }
    }

    @Test("A failure is said once for each reason, whatever its words; then that it is over; a fork ends the server")
    func said() async throws {
        let log = KeptLog()
        let stop = FatalStop()
        let turns = Turns([
            nil, CofferError(.tryLater, "one"), CofferError(.tryLater, "other words"), nil, nil,
            CofferError(.tryLater, "one"), CofferError(.tampering, "bad", rule: "head.signature"),
            CofferError(.refused, "a server that says so", rule: "fork"),
        ])
        let loop = FollowingLoop(stop: stop, logger: log.logger(.info, format: .text), interval: .zero)
        await loop(failingAt: { _ in .warning }) { () async throws(CofferError) in try turns.next() }
        let said = log.text.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1)[1] }
        #expect(
            said == [
                "warning event=\"\(ServerEvent.cannotFollow.rawValue)\" code=75 rule=none",
                "notice event=\"\(ServerEvent.follows.rawValue)\"",
                "warning event=\"\(ServerEvent.cannotFollow.rawValue)\" code=75 rule=none",
                "error event=\"\(ServerEvent.cannotFollow.rawValue)\" code=65 rule=head.signature",
                "warning event=\"\(ServerEvent.cannotFollow.rawValue)\" code=77 rule=fork",
                "critical event=\"\(ServerEvent.mustStop.rawValue)\" code=65 rule=fork",
            ])
        await #expect(throws: CofferError(.tampering, "", rule: "fork")) { try await stop.run() }
    }
}
