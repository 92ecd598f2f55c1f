import Broker
import Ledger
import Messages
import Replica
import Rules
import Sealing

/// The observer: it sees every message and every disk, trusts no machine, and reports what must never happen.
final class Oracle {
    var history = History()
    let cosigned = Cosigned()
    /// The first broken invariant ends a run.
    private(set) var violations: [String] = []

    /// The stops that each broker has acknowledged, as far as its disk can know them.
    var held: [String: HeldStops] = [:]
    /// Consents whose sub-keys a broker must have destroyed, and consents whose sub-keys it must still have.
    private var gone: [String: Set<Hash256>] = [:]
    private var stored: [String: Set<Hash256>] = [:]
    /// By person: the roster of the consent.
    var rosters: [String: Hash256] = [:]
    /// The brokers that have signed a receipt for each stop.
    private(set) var signers: [Hash256: Set<String>] = [:]
    /// The acknowledged entry of each statement.
    private var acknowledged: [Hash256: UInt64] = [:]
    private var publishedSize: SaturatingUInt64 = 0
    private var lastRoots: [String: Hash256] = [:]
    private var checkedCheckpoints: Set<Cosigned.Head> = []
    /// The ids that honest brokers have answered, by grant and the release's day.
    private var answeredIDs: [Hash256: [Milliseconds: Set<PageID>]] = [:]
    /// Every x that an honest broker has evaluated for a release.
    private(set) var evaluated: Set<Hash256> = []
    private(set) var isForked = false
    /// The sessions that the job has opened, and with whom.
    var openings: [Hash256: String] = [:]
    /// The sessions that honest brokers have opened.
    var sessions: [Hash256: ObservedSession] = [:]
    var restoredAfterDestruction = 0

    func violate(_ what: String) { violations.append(what) }

    func expect(_ condition: Bool, _ what: @autoclosure () -> String) {
        if !condition { violate(what()) }
    }

    // MARK: What happens

    /// The ledger has answered an append.
    func logged(_ filing: Filing, _ answer: AppendAnswer, _ world: World) {
        look(at: world)
        guard let checkpoint = try? Checkpoint(parsing: answer.checkpoint.text),
            let prefix = history.prefix(checkpoint.root), answer.index < SaturatingUInt64(clamping: prefix.size)
        else { return violate("the ledger answers \(filing.label) with a checkpoint that nobody knows") }
        let entry = prefix.entries[Int(clamping: answer.index)]
        expect(
            Array(entry.dropFirst(8)) == filing.bytes || answer.isDuplicate, "\(filing.label) is not the entry named")
        expect(hasQuorum(prefix), "\(filing.label) is answered before a quorum has cosigned")
        expect(
            answer.verdict.isAccepted == (answer.isDuplicate || prefix.verdicts[Int(clamping: answer.index)]),
            "the ledger says \(answer.verdict.rule ?? "accepted") of \(filing.label), and the model does not")
        if answer.verdict.isAccepted { acknowledged[filing.hash] = answer.index.rawValue }
    }

    /// A broker is about to receive a stop: it can obey the stop and die before it answers.
    func handsOver(_ filing: Filing, to broker: String) {
        if case .revoke(let revoke) = filing.statement { stored[broker]?.subtract(consents(of: revoke.pseudonym)) }
    }

    private func consents(of pseudonym: VerifyingKey) -> Set<Hash256> {
        Set(
            history.prefixes.values.flatMap { $0.model.consents }.filter { $0.value.pseudonym == pseudonym }.map(\.key))
    }

    /// A broker has signed a receipt for a stopping statement.
    func stopped(_ broker: String, _ filing: Filing) {
        signers[filing.hash, default: []].insert(broker)
        held[broker, default: HeldStops()].hold(filing.statement, filing.hash)
        if case .revoke(let revoke) = filing.statement {
            gone[broker, default: []].formUnion(consents(of: revoke.pseudonym))
        }
    }

    /// A broker has signed a receipt for a deposit.
    func deposited(_ node: BrokerNode, _ consent: Hash256, _ world: World) {
        guard let model = lastRoots[node.name].flatMap(history.prefix)?.model else {
            return violate("\(node.name) takes a deposit before it knows a ledger")
        }
        let time = max(model.clock, world.time.now(of: node.name))
        let pseudonym = model.consents[consent]?.pseudonym
        expect(
            model.isLive(consent: consent, at: time)
                && pseudonym.map { held[node.name]?.revoked.contains($0) != true } ?? false,
            "\(node.name) takes a deposit under a consent that has ended")
        gone[node.name]?.remove(consent)
        stored[node.name, default: []].insert(consent)
    }

    /// An older disk was put into a broker's machine.
    func restored(_ broker: String, to held: HeldStops) {
        self.held[broker] = held
        if gone[broker]?.isEmpty == false { restoredAfterDestruction += 1 }
        stored[broker] = []
        lastRoots[broker] = nil
    }

    // MARK: After every step

    func look(at world: World) {
        guard let entries = world.ledger.newEntries() else { return }
        checkSigned(history.observe(entries), world)
    }

    /// Checks that the ledger, on whatever disk, signs no second history beside one that a quorum has cosigned. A ledger
    /// that shows forks does, and cosigners that have lost their disk cannot prevent it.
    private func checkSigned(_ signed: History.Prefix, _ world: World) {
        guard world.doubleSigners.isEmpty, !world.plan.forks, !world.brokers.contains(where: \.wasRestored) else {
            return
        }
        for (checkpoint, signers) in cosigned.checkpoints where signers.count >= Cast.quorum {
            expect(
                history.areConsistent(checkpoint.root, signed.frontier.root) != false,
                "the ledger signs a second history of \(signed.size) entries")
        }
    }

    func check(_ world: World) async {
        observe(world)
        checkPublished(world)
        checkCheckpoints(world)
        for node in world.brokers { await check(node, world) }
    }

    func hasQuorum(_ prefix: History.Prefix) -> Bool {
        cosigned.signers(of: UInt64(prefix.size), prefix.frontier.root).count >= Cast.quorum
    }

    /// Checks that the published checkpoint never goes back and covers every acknowledged entry.
    private func checkPublished(_ world: World) {
        guard let checkpoint = world.ledger.published, world.ledger.setAside == nil, world.doubleSigners.isEmpty else {
            return
        }
        expect(
            checkpoint.size >= publishedSize,
            "the published checkpoint goes back from \(publishedSize) to \(checkpoint.size)")
        publishedSize = max(publishedSize, checkpoint.size)
        guard let prefix = history.prefix(checkpoint.root) else {
            return violate("the published checkpoint covers no known log")
        }
        expect(hasQuorum(prefix), "a checkpoint is published without a quorum")
        for (hash, index) in acknowledged {
            expect(prefix.model.accepted[hash] == index, "an acknowledged entry, \(index), is lost")
        }
    }

    /// An honest cosigner with an intact disk signs one history only; so two histories with a quorum need a cosigner
    /// that is dishonest or has forgotten.
    private func checkCheckpoints(_ world: World) {
        let checkpoints = cosigned.checkpoints
        guard checkpoints.count > checkedCheckpoints.count else { return }
        for (checkpoint, signers) in checkpoints where !checkedCheckpoints.contains(checkpoint) {
            for (other, others) in checkpoints where history.areConsistent(checkpoint.root, other.root) == false {
                if min(signers.count, others.count) >= Cast.quorum { isForked = true }
                let both = signers.intersection(others).subtracting(world.doubleSigners)
                expect(both.isEmpty, "\(both.sorted()) cosigned two histories")
            }
        }
        checkedCheckpoints = Set(checkpoints.keys)
    }

    private func check(_ node: BrokerNode, _ world: World) async {
        guard let running = node.running, !node.hasFailed else { return }
        if let followed = await running.broker.follower.followed { agree(node, followed, world) }
        let holds = Set(running.broker.subKeys.consents)
        if !world.plan.liars.contains(node.name) {
            expect(
                holds.isDisjoint(with: gone[node.name] ?? []),
                "\(node.name) holds sub-keys of a consent that it has seen ended")
        }
        for consent in (stored[node.name] ?? []).subtracting(gone[node.name] ?? []).subtracting(holds) {
            expect(
                isOver(consent, at: honestTime(node, world)),
                "\(node.name) has lost sub-keys of a consent that an honest clock calls live")
            gone[node.name, default: []].insert(consent)
        }
    }

    /// The latest time that an honest clock may show this broker: the true time, unless the broker's own clock and a
    /// quorum of cosigners' have both been ahead.
    private func honestTime(_ node: BrokerNode, _ world: World) -> Milliseconds {
        let ahead = world.time.wereAhead
        guard ahead.contains(node.name), world.mayTellFalseTimes else { return world.time.now }
        return .max
    }

    /// Whether a consent has ended in any history that anyone was shown.
    private func isOver(_ consent: Hash256, at time: Milliseconds) -> Bool {
        history.prefixes.values.contains { $0.model.hasEnded(consent: consent, at: time) }
    }

    /// Checks that all replayers of the same entries agree: on the model's verdicts and on the first replayer's digest.
    func agree(_ node: BrokerNode, _ followed: Followed, _ world: World) {
        let root = followed.checkpoint.root
        guard lastRoots[node.name] != root else { return }
        lastRoots[node.name] = root
        guard let prefix = history.prefix(root), prefix.size == Int(followed.checkpoint.size) else {
            return violate("\(node.name) follows a log that nobody served")
        }
        expect(hasQuorum(prefix), "\(node.name) follows a checkpoint without a quorum")
        expect(followed.state.history.bytes == prefix.model.history, "\(node.name)'s verdicts are not the model's")
        let digest = followed.state.digest
        if let first = prefix.digest {
            expect(first == digest, "\(node.name)'s state is not that of others after the same entries")
        } else {
            history.setDigest(digest, of: root)
        }
        // What by both clocks has ended must be destroyed.
        let time = min(world.time.now(of: node.name), Milliseconds(followed.checkpoint.quorumTime ?? 0))
        let ended = prefix.model.consents.keys.filter { prefix.model.hasEnded(consent: $0, at: time) }
        gone[node.name, default: []].formUnion(ended)
    }

    func remember(_ x: Hash256) { evaluated.insert(x) }

    /// Counts answered ids against the grant's budget for the release's day, over all brokers together.
    func count(_ id: PageID, grant: Hash256, pages: SaturatingUInt64, entered: Milliseconds) {
        let day = entered / 86_400_000
        answeredIDs[grant, default: [:]][day, default: []].insert(id)
        let count = answeredIDs[grant]?[day]?.count ?? 0
        expect(
            isForked || count <= Int(clamping: pages), "\(count) pages of one day were answered on a budget of \(pages)"
        )
    }
}
