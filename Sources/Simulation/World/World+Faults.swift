import CofferTestKit
import Sealing
import Synchronization

extension World {
    func disturb(_ action: Action) async throws {
        switch action {
        case .crash:
            switch random.below(6) {
            case 0:
                trace("the ledger's machine dies")
                await ledger.crash(at: random.below(20), in: self)
            case 1:
                trace("the witness's machine dies")
                witness.crash(in: self)
            default:
                guard let node = random.pick(brokers), node.running != nil else { return }
                trace("\(node.name)'s machine dies")
                node.crash(in: self)
            }
            count("crashes")
        case .start: try await startSome()
        case .backUp:
            if random.oneIn(4) { return ledger.backUp(seed: random.next()) }
            guard let node = random.pick(brokers) else { return }
            node.backUp(held: oracle.held[node.name] ?? HeldStops(), seed: random.next())
        case .restore: try await restoreSome()
        case .diskFault:
            guard let node = random.pick(brokers), node.running != nil else { return }
            let operation = random.below(12)
            let faults: [SimulatedDisk.Fault] = [
                .kill(before: operation), .killAfter(operation), .error(at: operation, code: 5),
                .lateError(at: operation, code: 28),
            ]
            node.disk.start(random.pick(faults))
            trace("\(node.name)'s disk will fail")
        case .clock:
            try await jump()
        case .island:
            let machines = (Cast.brokers + [Cast.witness, Cast.ledger]).filter { _ in random.oneIn(3) }
            network.state.withLock { $0.islands = Set(machines) }
            count("partitions")
            trace("cut off: \(machines)")
        case .heal:
            network.state.withLock {
                $0.islands = []
                if random.oneIn(2) { $0.forged = [:] }
            }
            trace("the network is whole")
        case .fork: random.oneIn(2) ? await usurp() : await fork()
        default: break
        }
    }

    /// A day, and three years.
    private static let jumps: [Int64] = [
        -94_608_000_000, -7_200_000, -90_000, 0, 0, 90_000, 7_200_000, 90_000_000, 94_608_000_000,
    ]

    /// One machine's clock jumps; or those of the ledger and of a quorum's machines together, and a turn is taken by
    /// them.
    private func jump() async throws {
        if plan.wrongTimeServer, random.oneIn(3) {
            let right = random.below(3)
            let wrong = Cast.brokers.indices.filter { $0 != right }.prefix(2).map { Cast.brokers[$0] }
            for machine in wrong + [Cast.witness, Cast.ledger] { time.skew(machine, by: 94_608_000_000) }
            count("wrong time servers")
            trace("\(wrong)', the witness's and the ledger's clocks are years ahead")
            let erase = random.pick(people).flatMap(makeErase)
            append(erase ?? makeHalt(), from: Cast.halter)
            try await deliver(mail.removeLast())
            return await ledger.turn(in: self)
        }
        guard let machine = random.pick(Cast.brokers + [Cast.ledger, Cast.ledger, Cast.ledger, Cast.witness]) else {
            return
        }
        let jump = random.pick(Self.jumps) ?? 0
        time.skew(machine, by: jump)
        count("clock jumps")
        if abs(jump) > 1_000_000_000 { count("clock jumps of years") }
        trace("\(machine)'s clock is off by \(jump)")
    }

    private func startSome() async throws {
        if !ledger.isRunning, random.oneIn(2) { return await startLedger() }
        if witness.running == nil, random.oneIn(2) { return try startWitness() }
        if let node = random.pick(brokers.filter { $0.running == nil }) { try await start(node) }
    }

    func startLedger() async {
        do {
            try await ledger.start(in: self)
            trace("the ledger starts")
        } catch {
            trace("the ledger does not start")
            oracle.expect(ledger.setAside != nil, "the ledger cannot start from its own disk")
        }
        count("restarts")
    }

    func startWitness() throws {
        try witness.start(in: self)
        trace("the witness starts")
        count("restarts")
    }

    func start(_ node: BrokerNode) async throws {
        do {
            try await node.start(in: self)
            trace("\(node.name) starts")
        } catch {
            trace("\(node.name) does not start")
            oracle.violate("\(node.name) cannot start from its own disk: \(error)")
        }
        count("restarts")
    }

    private func restoreSome() async throws {
        if random.oneIn(4), let backup = random.pick(ledger.backups) {
            await ledger.crash(at: 0, in: self)
            ledger.restore(backup)
            trace("an older disk is put into the ledger")
            return await startLedger()
        }
        guard let node = random.pick(brokers.filter { !$0.backups.isEmpty }), let backup = random.pick(node.backups)
        else { return }
        node.crash(in: self)
        node.restore(backup)
        oracle.restored(node.name, to: backup.held)
        count("older disks")
        count("older disks after a destruction", oracle.restoredAfterDestruction)
        trace("an older disk is put into \(node.name)")
        if random.oneIn(2) { try await start(node) }
    }
}
