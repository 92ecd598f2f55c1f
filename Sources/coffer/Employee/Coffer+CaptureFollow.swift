import ArgumentParser
import Foundation
import Glibc
import Replica
import Rules
import Sealing
import Vault

extension Coffer.Capture {
    /// Follows the ledger beside the agent and writes the halt flag, and the apps that purposes name.
    struct Follow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Follow the ledger for the agent.", shouldDisplay: false)

        /// Less than the minute that Design, "What is recorded" allows.
        private static let interval = Duration.seconds(15)

        @Flag(name: .long, help: "Follow once and end.")
        var once = false

        @Flag(name: .long, help: "End when stdin does.")
        var untilInputEnds = false

        func run() async throws {
            // The agent handles these signals, and a child starts with what its parent ignores.
            for number in [SIGTERM, SIGINT, SIGHUP] { signal(number, SIG_DFL) }
            if untilInputEnds { Self.endWithInput() }
            let home = try Home()
            let vault = try VaultDirectory(path: home.vault)
            try home.create()
            let follower = try PinnedCharter.read(home: home).follower(
                home: home, start: try TrustedBootstrap(home: home))
            // The last known state is in force until the ledger shows another.
            if let known = try await follower.replay() { try write(known.state, to: vault) }
            while true {
                do throws(CofferError) {
                    let followed = try await follower.follow()
                    try write(followed.state, to: vault)
                } catch {
                    if once || error.code == .tampering { throw error }
                    // The ledger cannot be reached: capture needs no network, so the flag is kept.
                }
                if once { return }
                try await Task.sleep(for: Self.interval)
            }
        }

        /// The other end of stdin ends with the process that holds it, however that ends.
        private static func endWithInput() {
            Thread.detachNewThread {
                var byte: UInt8 = 0
                while true {
                    let count = read(STDIN_FILENO, &byte, 1)
                    if count == 0 || count < 0 && errno != EINTR { _exit(0) }
                }
            }
        }

        private func write(_ state: LedgerState, to vault: VaultDirectory) throws(CofferError) {
            try vault.setHalted(!state.haltsInForce.isEmpty)
            let named = state.purposes.filter { state.isLive(purpose: $0.key) }.flatMap { $0.value.purpose.apps }
            try vault.setNamedApps(Set(named))
        }
    }
}
