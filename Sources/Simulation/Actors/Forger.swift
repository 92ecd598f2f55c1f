import Ledger
import Messages
import Rules
import Sealing
import Synchronization

/// A ledger operator that shows some machines another history: without a stop, with an extra release, or with other
/// stamps. It has the ledger's key and the false cosigners.
struct ForgedLog: Host {
    let entries: [Bytes]
    let checkpoint: Bytes

    func get(_ path: String) async -> HTTPReply? {
        if path == "checkpoint" { return HTTPReply(status: 200, body: checkpoint) }
        guard let tile = TilePath(parsing: path), tile.level == nil, tile.index == 0, tile.width <= entries.count else {
            return HTTPReply(status: 404, body: [])
        }
        return HTTPReply(status: 200, body: EntryBundle.encode(entries.prefix(tile.width)))
    }

    func post(_ path: String, _ body: Bytes) async -> HTTPReply? { HTTPReply(status: 503, body: []) }
}

/// The tree hashes of a log in memory.
struct EntryHashes: HashSource {
    let leaves: [Hash256]

    func hash(level: Int, index: UInt64) -> Hash256 {
        if level == 0 { return leaves[Int(index)] }
        return Merkle.nodeHash(hash(level: level - 1, index: 2 * index), hash(level: level - 1, index: 2 * index + 1))
    }
}

extension World {
    /// The holders of other keys continue the log by themselves: an amendment, signed by everyone who must sign it, that
    /// never came into the log, and an entry under their terms. No old cosigner has seen either.
    func usurp() async {
        guard let root = ledger.published?.root, var entries = oracle.history.prefix(root)?.entries,
            let last = entries.last
        else { return }
        let clock = Milliseconds(rawValue: last.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        let amendment = makeUsurpation()
        entries.append(Entry(stamp: clock, note: amendment.bytes).encoded)
        // The notice passes first: a follower holds off an entry from the future before it looks at any handover.
        let inForce = clock + 3_600_000
        if inForce > time.now { time.advance(by: inForce - time.now) }
        entries.append(Entry(stamp: inForce, note: makeUsurpersHalt().bytes).encoded)
        let prefix = oracle.history.observe(entries)
        let terms = Cast.usurpers
        guard let key = terms.ledgerNoteKey(origin: Cast.origin) else { return }
        let text = Checkpoint(
            origin: Cast.origin, size: SaturatingUInt64(clamping: prefix.size), root: prefix.frontier.root
        ).text
        guard
            var checkpoint = try? SignedNote(
                text: text, signatures: [key.sign(text, with: Cast.key("usurping ledger"))])
        else { return }
        for broker in terms.brokers {
            checkpoint.add(Cast.cosignature(text, by: "cosigner " + broker.name, at: time.now))
        }
        for witness in terms.witnesses { checkpoint.add(Cast.cosignature(text, by: witness.name, at: time.now)) }
        let victims = Cast.brokers.filter { _ in random.oneIn(2) }
        let forged = ForgedLog(entries: entries, checkpoint: checkpoint.encoded)
        network.state.withLock { state in for victim in victims { state.forged[victim] = forged } }
        count("usurpations shown")
        trace("holders of other keys show \(victims) a history of their own, of \(entries.count) entries")
        for node in brokers where victims.contains(node.name) { await follow(node) }
    }

    /// Forks the log and shows the fork to some brokers.
    func fork() async {
        guard let root = ledger.published?.root, let real = oracle.history.prefix(root)?.entries, real.count > 3 else {
            return
        }
        var entries = Array(real.prefix(3 + random.below(real.count - 2)))
        var stamp = entries.last.map { Milliseconds(rawValue: $0.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }) } ?? 0
        let later = random.oneIn(4) ? plan.window : random.oneIn(6) ? Milliseconds(94_608_000_000) : 0
        func add(_ note: Bytes) {
            stamp = max(stamp, time.now) + later
            entries.append(Entry(stamp: stamp, note: note).encoded)
        }
        for entry in real.dropFirst(entries.count) {
            let note = Array(entry.dropFirst(8))
            let isStop = oracle.history.fact(note)?.statement.isStopping ?? false
            if !isStop, !random.oneIn(4) { add(note) }
        }
        for release in job.releases.suffix(3) where random.oneIn(2) { add(release.filing.bytes) }
        let prefix = oracle.history.observe(entries)
        guard let key = Cast.terms.ledgerNoteKey(origin: Cast.origin) else { return }
        let text = Checkpoint(
            origin: Cast.origin, size: SaturatingUInt64(clamping: prefix.size), root: prefix.frontier.root
        ).text
        guard let checkpoint = try? SignedNote(text: text, signatures: [key.sign(text, with: Cast.key(Cast.ledger))])
        else {
            return
        }
        let victims = Cast.brokers.filter { _ in random.oneIn(2) }
        // While they are asked, the cosigners see the entries that they are asked about.
        let asked = ForgedLog(entries: entries, checkpoint: checkpoint.encoded)
        let before = network.state.withLock { state in
            defer { for broker in Cast.brokers { state.forged[broker] = asked } }
            return state.forged
        }
        let cosigned = await cosign(checkpoint, entries)
        network.state.withLock { $0.forged = before }
        let forged = ForgedLog(entries: entries, checkpoint: cosigned.encoded)
        network.state.withLock { state in for victim in victims { state.forged[victim] = forged } }
        let quorum = cosigned.signatures.count - 1
        count("forks shown")
        if quorum >= Cast.quorum { count("forks with a quorum") }
        trace("the ledger shows \(victims) another history of \(entries.count) entries, cosigned by \(quorum)")
    }

    /// Cosignatures of the false cosigners, and of honest ones that have seen no other history.
    private func cosign(_ checkpoint: SignedNote, _ entries: [Bytes]) async -> SignedNote {
        var cosigned = checkpoint
        let tree = Tree(
            size: UInt64(entries.count), source: EntryHashes(leaves: entries.map(Merkle.leafHash)))
        for name in Cast.cosigners {
            let key = Cast.key(name)
            if plan.falseWitnesses.contains(name) {
                let line = Cosignature.make(
                    checkpoint.text, by: NoteKey(cosigner: key.publicKey), with: key, time: Seconds(time.now))
                cosigned.add(line)
                if let note = try? SignedNote(text: checkpoint.text, signatures: [line]) {
                    oracle.cosigned.add(note, by: name)
                }
                continue
            }
            guard let line = await ask(Cast.machine(of: name), checkpoint, tree) else { continue }
            cosigned.add(line)
        }
        return cosigned
    }

    /// Asks as the real ledger does: first without a known size, then from the size in the 409.
    private func ask(_ machine: String, _ checkpoint: SignedNote, _ tree: Tree<EntryHashes>) async -> NoteSignature? {
        let link = network.link(from: Cast.ledger)
        var old: SaturatingUInt64 = 0
        for _ in 0..<2 {
            guard old.rawValue <= tree.size, let proof = try? tree.consistencyProof(from: old.rawValue) else {
                return nil
            }
            let body = AddCheckpoint(oldSize: old, proof: proof, note: checkpoint).encoded
            guard let reply = try? await link.post(Cast.url(machine) + "/add-checkpoint", body, atMost: 1 << 16) else {
                return nil
            }
            if reply.status == 200 {
                return try? SignedNote(parsing: checkpoint.text + [10] + reply.body).signatures.first
            }
            guard reply.status == 409, let size = AddCheckpoint.conflictSize(reply.body) else { return nil }
            old = size
        }
        return nil
    }
}
