import Crypto
import Ledger
import Messages
import Rules
import Sealing

extension Oracle {
    /// Checks an honest broker's answer: every condition of Design, "A release, step by step" must have been met.
    func answered(_ node: BrokerNode, _ question: Question, _ box: Bytes, _ world: World) {
        let what = "\(node.name) answers \(question.what)"
        let now = world.time.now(of: node.name)
        guard case .release(let release) = question.release.statement,
            let recipient = Cast.recipient(of: release)
        else { return violate("\(what), which is no release") }
        let seat = Cast.seat(node.name)
        guard let answer = open(box, question, recipient, node.name) else {
            return violate("\(what): not sealed to the recipient that the log names, or not what was asked")
        }
        guard let prefix = history.prefix(answer.tree.root), prefix.size == Int(clamping: answer.tree.size) else {
            return violate("\(what) at a checkpoint that covers no known log")
        }
        let model = prefix.model
        expect(isFresh(prefix, now: now), "\(what) without a checkpoint that a quorum has cosigned freshly")
        guard let record = model.releases[question.release.hash], let grant = model.grants[release.grant] else {
            return violate("\(what) without an accepted release in the log")
        }
        expect(Cast.publicKey(question.signer) == grant.grant.job, "\(what), which the job has not signed")

        let ids = release.consents.flatMap { part in part.ids.map { (part.consent, $0) } }
        for (number, position) in question.ask.positions.enumerated() {
            let why = model.forbids(
                release: question.release.hash, position: Int(position.at), kind: position.claim.kind,
                app: position.claim.app, day: position.claim.day, now: now, stops: held[node.name] ?? HeldStops())
            if let why { return violate("\(what), position \(position.at): \(why)") }
            let (hash, id) = ids[Int(position.at)]
            guard let consent = model.consents[hash], let shapes = model.shapes[consent.rosterHash],
                let person = Cast.name(consent.pseudonym)
            else { continue }
            let x = ReplicatedPRF.x(
                consent: hash, page: id.monday == nil ? id : .zero, kind: position.claim.kind,
                app: position.claim.app, day: position.claim.day)
            let shape = shapes[seat.group]
            let right = shape.masks(heldBy: seat.number).map { mask in
                let key = Self.subKey(person, roster: consent.rosterHash, group: shape.name, mask: mask)
                return Bytes(HMAC<SHA256>.authenticationCode(for: x.bytes, using: key))
            }
            expect(answer.partials[number] == right, "\(what): a partial is wrong")
            remember(x)
            count(id, grant: release.grant, pages: grant.grant.pages, entered: record.time)
        }
    }

    /// The partials of each position, and the tree at which they were judged.
    private struct ReadAnswer {
        let partials: [[Bytes]]
        let tree: SessionHead.Tree
    }

    private func open(_ box: Bytes, _ question: Question, _ key: SealingPrivateKey, _ broker: String) -> ReadAnswer? {
        if let id = question.session { return read(box, question, in: id) }
        let seat = Cast.seat(broker)
        // A group may have had another threshold when the consent was given.
        for masks in Set(history.shapes.map { $0[seat.group].masks(heldBy: seat.number).count }) {
            let answer = try? SealedAnswer(
                opening: box, with: key, to: question.ask, broker: Cast.publicKey(broker), masks: masks)
            if let answer {
                let tree = SessionHead.Tree(size: answer.answer.size, root: answer.answer.root)
                return ReadAnswer(partials: answer.partials, tree: tree)
            }
        }
        return nil
    }

    private func read(_ box: Bytes, _ question: Question, in id: Hash256) -> ReadAnswer? {
        let count = question.ask.positions.count
        guard let session = sessions[id], let bytes = session.read(box, to: question.ask.positions),
            bytes.count % (32 * count) == 0
        else { return nil }
        let masks = bytes.count / 32 / count
        let partials = (0..<count).map { position in
            (0..<masks).map { mask in
                let start = 32 * (position * masks + mask)
                return Array(bytes[start..<(start + 32)])
            }
        }
        return ReadAnswer(partials: partials, tree: session.tree)
    }

    /// Whether the checkpoint is fresh (the page Ledger): by the broker's clock, a quorum has signed it within the
    /// charter's freshness, and at least one of these times is not ahead by more than the tolerance.
    private func isFresh(_ prefix: History.Prefix, now: Milliseconds) -> Bool {
        let terms = prefix.model.terms
        let times = cosigned.signers(of: UInt64(prefix.size), prefix.frontier.root).values.map { times in
            times.map { Milliseconds($0) }.filter { $0 + terms.freshness >= now }
        }
        return times.count(where: { !$0.isEmpty }) >= Cast.quorum
            && times.contains { $0.contains { $0 <= now + terms.tolerance } }
    }

    /// Computes k_A independently: HMAC(root_c, D("sub-key") ‖ roster ‖ lp(group) ‖ mask).
    static func subKey(_ person: String, roster: Hash256, group: String, mask: UInt16) -> SymmetricKey {
        let name = Bytes(group.utf8)
        let message =
            Bytes("coffer/v1/sub-key".utf8) + [0] + roster.bytes + [0, UInt8(name.count)] + name
            + [UInt8(mask >> 8), UInt8(mask & 255)]
        return SymmetricKey(data: Bytes(HMAC<SHA256>.authenticationCode(for: message, using: Cast.root(person))))
    }
}

extension History {
    /// All group shapes that any charter has set.
    var shapes: [[GroupShape]] {
        var all: [[GroupShape]] = [Cast.shapes]
        for shapes in prefixes.values.flatMap(\.model.shapes.values) where !all.contains(shapes) { all.append(shapes) }
        return all
    }
}
