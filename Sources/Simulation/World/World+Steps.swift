import Broker
import Client
import Ledger
import Replica
import Rules
import Sealing
import Synchronization

extension World {
    enum Action {
        case deliver, turn, follow, submit, resend, wait, waitLong
        case release, ask, askAgain, consent, deposit, grant
        case revoke, erase, halt, resume, dismiss, withdraw, amend, outcome, repeatStop, laptop
        case crash, start, backUp, restore, diskFault, clock, island, heal, fork, censor
    }

    /// One step of a run: the seed chooses among the possible actions.
    func step(_ number: Int) async throws {
        let stops = number >= plan.stepsBeforeStops ? 1 : 0
        let down = brokers.contains { $0.running == nil } || !ledger.isRunning || witness.running == nil
        let action = random.weighted([
            (mail.isEmpty ? 0 : 90, Action.deliver), (ledger.isRunning ? 18 : 0, .turn), (16, .follow), (4, .submit),
            (office.unanswered.isEmpty ? 0 : 5, .resend), (6, .wait), (3, .waitLong),
            (office.grants.isEmpty ? 0 : 8, .release), (job.releases.isEmpty ? 0 : 16, .ask),
            (oldAsks.isEmpty ? 0 : 5, .askAgain), (3, .consent), (6, .deposit), (1, .grant),
            (2 * stops, .revoke), (5 * stops, .erase), (2 * stops, .halt), (office.halts.isEmpty ? 0 : 4, .resume),
            (stops, .dismiss), (stops, .withdraw), (stops, .amend), (1, .outcome), (3 * stops, .repeatStop),
            (laptops.contains { !$0.outbox.isEmpty } ? 8 : 0, .laptop),
            (plan.crashes, .crash), (down ? 14 : 0, .start), (plan.oldDisks / 8, .backUp),
            (plan.oldDisks > 0 ? 4 : 0, .restore), (plan.diskFaults, .diskFault), (plan.clockJumps, .clock),
            (plan.partitions, .island), (plan.partitions > 0 ? 2 : 0, .heal), (plan.forks ? 3 : 0, .fork),
            (plan.censors ? 2 * stops : 0, .censor),
        ])
        if let action { try await perform(action) }
        for node in brokers where node.hasFailed {
            trace("\(node.name) stops: its disk fails")
            count("disk faults")
            node.crash(in: self)
        }
        if ledger.isRunning { await ledger.collect(in: self) }
        await oracle.check(self)
    }

    private func perform(_ action: Action) async throws {
        switch action {
        case .deliver: try await deliverSome()
        case .turn:
            trace("the ledger's turn")
            await ledger.turn(in: self)
        case .follow: if let node = random.pick(brokers) { await follow(node) }
        case .submit: if let node = random.pick(brokers) { await submit(node) }
        case .resend:
            if let filing = random.pick(office.unanswered) { send(.append(filing), from: "somebody", to: Cast.ledger) }
        case .wait:
            time.advance(by: random.pick([200, 5_000, 70_000, 400_000]) ?? 0)
            trace("time passes: \(time.now)")
        case .waitLong:
            time.advance(by: (random.pick([660_000, 3_700_000, 3_700_000, 43_200_000, 90_000_000]) ?? 0))
            trace("much time passes: \(time.now)")
            // An idle ledger has its checkpoint cosigned again each minute.
            if ledger.isRunning, !random.oneIn(4) { await ledger.turn(in: self) }
        case .release: if let filing = try makeRelease() { append(filing, from: Cast.job) }
        case .ask:
            let known = job.releases.indices.filter { office.accepted.contains(job.releases[$0].filing.hash) }
            let number = random.oneIn(8) ? random.below(job.releases.count) : random.pick(known)
            guard let number else { return }
            let brokers = random.oneIn(2) ? ["acme-1", "acme-3", "council-1"] : random.pick(Cast.brokers).map { [$0] }
            try sendAsk(about: number, to: brokers ?? [])
        case .askAgain:
            if let letter = random.pick(oldAsks) { send(letter.content, from: letter.from, to: letter.to) }
        case .consent:
            guard let person = random.pick(people.filter { $0.consent == nil }), let purpose = office.purposes.first
            else { return }
            append(try makeConsent(of: person, to: purpose.hash), from: person.name)
        case .deposit:
            guard let person = random.pick(people.filter { $0.consent != nil && !$0.hasRevoked }),
                let broker = random.pick(Cast.brokers)
            else { return }
            try requestDepositKey(person, of: broker)
        case .grant:
            if let purpose = office.purposes.first { append(makeGrant(under: purpose.hash), from: Cast.job) }
        case .revoke, .erase, .halt, .resume, .dismiss, .withdraw, .amend, .outcome, .repeatStop, .censor:
            sign(action)
        case .laptop:
            if let laptop = random.pick(laptops.filter { !$0.outbox.isEmpty }) { await laptop.round(in: self) }
        case .crash, .start, .backUp, .restore, .diskFault, .clock, .island, .heal, .fork:
            try await disturb(action)
        }
    }

    /// The seed picks any letter; the order of sending does not matter.
    private func deliverSome() async throws {
        let index = random.below(mail.count)
        let letter = mail[index]
        if !random.happens(plan.duplicated) { mail.remove(at: index) } else { count("letters repeated") }
        if random.happens(plan.lost) {
            count("letters lost")
            return trace("lost: \(letter.what)")
        }
        let isCut = network.state.withLock { $0.islands.contains(letter.to) || $0.islands.contains(letter.from) }
        if isCut { return trace("cut off: \(letter.what)") }
        try await deliver(letter)
    }

    func follow(_ node: BrokerNode) async {
        guard let broker = node.running?.broker else { return }
        do throws(CofferError) {
            let followed = try await broker.follow()
            trace("\(node.name) follows: \(followed.checkpoint.size)")
            if random.oneIn(4), let snapshot = await broker.follower.snapshot {
                try node.running?.kept.keep(snapshot)
                count("states kept")
            }
        } catch {
            trace("\(node.name) cannot follow: \(error.rule ?? "\(error.code)")")
            if error.isFork {
                // As in the real service, the broker stops and leaves the evidence.
                count("forks found")
                oracle.expect(oracle.isForked || !doubleSigners.isEmpty || plan.forks, "a fork is found where none is")
                node.crash(in: self)
            } else if error.code == .configuration {
                node.crash(in: self)
            }
        }
        if node.running != nil { try? await bug.settle(broker) }
    }

    func submit(_ node: BrokerNode) async {
        guard let broker = node.running?.broker, let followed = await broker.follower.followed, !node.hasFailed else {
            return
        }
        let link = network.link(from: node.name)
        do throws(CofferError) {
            let ledger = LedgerClient(followed.state, else: Cast.url(Cast.ledger), transport: link)
            try await broker.submit(followed, to: ledger)
            trace("\(node.name) submits")
        } catch {
            trace("\(node.name) cannot submit: \(error.code)")
        }
    }
}
