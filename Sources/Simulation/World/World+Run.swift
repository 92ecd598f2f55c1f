import CofferTestKit
import Rules
import Sealing
import Synchronization

/// The result of one seed.
package struct RunResult: Sendable {
    package let seed: UInt64
    package let violations: [String]
    package let traceHash: String
    package let tally: [String: Int]
}

extension World {
    /// The whole run: setup, faults, repair, and the checks at the end.
    package func run() async -> RunResult {
        do {
            try await setUp()
            network.state.withLock { $0.isCalm = false }
            for number in 0..<plan.steps where oracle.violations.isEmpty { try await step(number) }
            if oracle.violations.isEmpty { try await end() }
        } catch {
            oracle.violate("the simulation itself failed: \(error)")
        }
        count("answers forged", network.state.withLock(\.forgedAnswers))
        // Break the reference cycle between the network and its hosts.
        network.state.withLock { $0 = Network.NetworkState() }
        for violation in oracle.violations { trace("VIOLATED: \(violation)") }
        return RunResult(
            seed: seed, violations: oracle.violations, traceHash: traceHash, tally: tally)
    }

    private func setUp() async throws {
        try witness.start(in: self)
        for node in brokers { try await node.start(in: self) }
        try await ledger.start(in: self)
        await ledger.turn(in: self)
        append(makeEnrol(), from: Cast.desk)
        let purpose = makePurpose()
        append(purpose, from: "reviewers")
        if plan.calmSetup { try await pump() }
        append(try makeConsent(of: people[0], to: purpose.hash), from: people[0].name)
        append(makeGrant(under: purpose.hash), from: Cast.job)
        guard plan.calmSetup else { return }
        try await pump()
        time.advance(by: 3_600_000)
        await ledger.turn(in: self)
        for broker in Cast.brokers where !random.oneIn(8) { try requestDepositKey(people[0], of: broker) }
        if let release = try makeRelease() { append(release, from: Cast.job) }
        try await pump()
        for node in brokers { await follow(node) }
        if !job.releases.isEmpty, random.oneIn(2) {
            try sendAsk(about: 0, to: ["acme-1", "acme-3", "council-1"])
            try await pump()
        }
        for node in brokers where plan.oldDisks > 0 { node.backUp(held: HeldStops(), seed: random.next()) }
        await oracle.check(self)
    }

    /// Delivers everything, and lets the ledger take its turns.
    private func pump() async throws {
        for _ in 0..<12 {
            let due = mail
            mail = []
            for letter in due { try await deliver(letter) }
            await ledger.turn(in: self)
            if mail.isEmpty { return }
        }
    }

    /// All faults end; then every promise must be kept.
    private func end() async throws {
        trace("— all faults end —")
        network.state.withLock { state in
            state.isCalm = true
            state.islands = []
            state.forged = [:]
        }
        censored.clear()
        for node in brokers where node.running != nil { node.disk.start() }
        for machine in Cast.brokers + [Cast.ledger, Cast.witness] { time.skew(machine, by: 0) }
        if ledger.setAside != nil {
            await ledger.crash(at: 0, in: self)
            ledger.putBack()
        }
        if !ledger.isRunning { await startLedger() }
        if witness.running == nil { try startWitness() }
        for node in brokers where node.running == nil { try await start(node) }
        // Brokers wait a little before they submit again what was refused.
        time.advance(by: 20_000)
        for _ in 0..<2 {
            for laptop in laptops { await laptop.round(in: self) }
            await ledger.turn(in: self)
            for node in brokers {
                await follow(node)
                await submit(node)
            }
        }
        await oracle.check(self)
        if oracle.violations.isEmpty { await oracle.checkPromises(self) }
        if oracle.violations.isEmpty { oracle.checkCoalitions(self) }
    }
}
