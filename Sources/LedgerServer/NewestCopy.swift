import Ledger
import Logging
import Rules
import Sealing
import Serving

/// Keeps a ledger from signing a second history, on an old copy of its directory or on another one by mistake.
///
/// The sequencer signs only what follows a checkpoint that a quorum has cosigned since its start; cosigners whose last
/// checkpoint is larger refuse that. Under terms that no entry is under yet, nothing was cosigned; there a quorum must
/// show that it knows no more than this log.
struct NewestCopy: Sendable {
    let writer: LogWriter
    let cosigners: Cosigners
    let logger: Logger

    private var origin: String { writer.key.name }

    /// Whether a quorum of the cosigners in these terms has signed nothing beyond this log.
    func isNewest(under terms: CharterTerms) async throws(CofferError) -> Bool {
        guard let policy = terms.checkpointPolicy(origin: origin), policy.quorum > 0 else { return false }
        let answers = await cosigners.lastCheckpoints(under: terms, policy: policy, origin: origin)
        var known: Set<NoteKey> = []
        var shown: [Cosigners.Shown] = []
        for (cosigner, answer) in answers {
            switch answer {
            case .silence: break
            case .nothing: known.insert(cosigner.key)
            case .checkpoint(let note):
                shown.append(Cosigners.Shown(cosigner: cosigner, checkpoint: note))
                if isPart(note) { known.insert(cosigner.key) }
            }
        }
        try requireNewest(shown, by: terms)
        return known.count >= policy.quorum
    }

    /// Whether this log has a checkpoint's tree.
    private func isPart(_ note: SignedNote) -> Bool {
        guard let checkpoint = try? Checkpoint(parsing: note.text), checkpoint.origin.hasSameBytes(as: origin),
            checkpoint.size.rawValue <= writer.size
        else { return false }
        return (try? writer.tree.root(at: checkpoint.size.rawValue)) == checkpoint.root
    }

    /// Throws if a cosigner shows a checkpoint over more entries than this log has, signed by this ledger's own key: the
    /// one of these terms, or this process's. Only that signature counts: on a cosigner's word alone, one cosigner could
    /// stop the ledger.
    func requireNewest(_ shown: [Cosigners.Shown], by terms: CharterTerms) throws(CofferError) {
        let keys = [writer.key, terms.ledgerNoteKey(origin: origin)].compactMap(\.self)
        for one in shown {
            let note = one.checkpoint
            guard let checkpoint = try? Checkpoint(parsing: note.text), checkpoint.origin.hasSameBytes(as: origin),
                checkpoint.size.rawValue > writer.size,
                note.signatures.contains(where: { line in keys.contains { $0.verifies(line, over: note.text) } })
            else { continue }
            logger.say(
                .critical, .oldCopy,
                [.cosigner: .key(one.cosigner.key.key), .size: .number(checkpoint.size.rawValue)])
            throw CofferError(
                .configuration,
                "\(one.cosigner.name) shows a checkpoint over \(checkpoint.size) entries that this ledger's key signed, "
                    + "and this directory has \(writer.size): it is an old copy, or not the ledger's.",
                rule: "ledger.behind",
                hint: "Start the ledger on its newest directory, or make it again with `coffer serve restore-ledger`.")
        }
    }
}
