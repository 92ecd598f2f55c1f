import Rules
import Sealing

extension World {
    /// Signs a statement and sends it to the ledger, to brokers, or to both.
    func sign(_ action: Action) {
        switch action {
        case .revoke: if let person = random.pick(people.filter { !$0.hasRevoked }) { sendStop(makeRevoke(person)) }
        case .erase: if let person = random.pick(people), let filing = makeErase(person) { sendStop(filing) }
        case .halt: if office.halts.count < 3 { sendStop(makeHalt()) }
        case .repeatStop:
            if let filing = random.pick(people.flatMap(\.stops) + office.halts) { sendStop(filing) }
        case .resume: if let filing = makeResume() { append(filing, from: "reviewers") }
        case .dismiss:
            guard random.oneIn(3), let person = random.pick(people) else { return }
            let dismiss = Dismiss(heading: stoppingHeading(), pseudonyms: [Cast.publicKey(person.name)])
            append(file(dismiss, "dismiss \(person.name)", by: [Cast.desk]), from: Cast.desk)
        case .withdraw:
            guard random.oneIn(3), let purpose = office.purposes.first else { return }
            let withdraw = Withdraw(heading: stoppingHeading(), purpose: purpose.hash)
            append(file(withdraw, "withdraw", by: Cast.reviewers), from: "reviewers")
        case .amend: if random.oneIn(2) { append(makeAmend(), from: "reviewers") }
        case .outcome:
            guard let grant = office.grants.first else { return }
            let outcome = Outcome(
                heading: heading(), grant: grant.hash, model: Hash256(of: [2]), keptUntil: time.now, disposed: false,
                // By the versions before 4 it is malformed.
                manifest: job.releases.isEmpty ? nil : .init(hash: Hash256(of: [3]), releases: [1]))
            append(file(outcome, "outcome", by: [random.oneIn(3) ? Cast.stranger : Cast.job]), from: Cast.job)
        case .censor:
            for stop in people.flatMap(\.stops) + office.halts where random.oneIn(2) {
                censored.insert(stop.bytes)
                count("statements censored")
            }
        default: break
        }
    }

    /// Sends it to the ledger, to some brokers, or to both.
    private func sendStop(_ filing: Filing) {
        let sender = "somebody"
        if random.oneIn(2) { append(filing, from: sender) }
        for broker in Cast.brokers where random.oneIn(2) { send(.stop(filing), from: sender, to: broker) }
        trace("signed: \(filing.label)")
    }
}
