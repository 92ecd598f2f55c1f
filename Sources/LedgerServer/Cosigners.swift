import Ledger
import Logging
import Messages
import Rules
import Sealing
import Serving

/// All cosigners of the charter in force; each checkpoint goes to all of them at once.
actor Cosigners {
    private let transport: any HTTPTransport
    private let figures: LedgerMetrics
    private let logger: Logger
    /// The shortest wait for the other cosigners after a quorum has answered.
    private let grace: Duration
    /// The shortest wait for the other cosigners of an idle checkpoint. A statement that arrives meanwhile waits too.
    private static let patience = Duration.seconds(2)
    private var clients: [Cosigner: CosignerClient] = [:]

    /// What the cosigners said of a checkpoint.
    struct Gathered: Sendable {
        /// The checkpoint with the cosignatures of at least a quorum; nil without a quorum, and then nothing may be
        /// published.
        let checkpoint: SignedNote?
        /// The last checkpoints of those that say that they have signed a larger one. Their word proves nothing.
        let ahead: [Shown]
    }

    /// A checkpoint that a cosigner shows. Only its own cosignature on it was checked.
    struct Shown: Sendable {
        let cosigner: Cosigner
        let checkpoint: SignedNote
    }

    init(transport: any HTTPTransport, figures: LedgerMetrics, logger: Logger, grace: Duration) {
        self.transport = transport
        self.figures = figures
        self.logger = logger
        self.grace = grace
    }

    private enum Answer: Sendable {
        case line(NoteSignature)
        case ahead(Shown)
        case none
    }

    /// Asks all cosigners for their line on a checkpoint.
    ///
    /// With `waitsForLateCosigners` it waits longer for the others after a quorum, as is possible for an idle checkpoint.
    func gather(
        _ checkpoint: SignedNote, size: UInt64, terms: CharterTerms, policy: CheckpointPolicy,
        waitsForLateCosigners: Bool,
        tree: @escaping @Sendable () -> Tree<TileHashes>
    ) async -> Gathered {
        let answers = await ask(
            clients(terms), until: policy.quorum, grace: waitsForLateCosigners ? Self.patience : grace
        ) { client in
            await self.cosign(client, checkpoint, size: size, tree: tree)
        } counts: {
            if case .line = $0 { true } else { false }
        }
        var note = try? SignedNote(text: checkpoint.text, signatures: checkpoint.signatures)
        var ahead: [Shown] = []
        for answer in answers {
            switch answer {
            case .line(let line): note?.add(line)
            case .ahead(let shown): ahead.append(shown)
            case .none: break
            }
        }
        return Gathered(checkpoint: note.flatMap { (try? policy.verify($0)) == nil ? nil : $0 }, ahead: ahead)
    }

    /// Asks all cosigners in some terms for the last checkpoint that they signed.
    func lastCheckpoints(under terms: CharterTerms, policy: CheckpointPolicy, origin: String) async
        -> [(Cosigner, Cosigner.LastCheckpoint)]
    {
        await ask(terms.namedCosigners, until: policy.quorum, grace: Self.patience) { [transport] cosigner in
            (cosigner, await cosigner.lastCheckpoint(of: origin, over: transport))
        } counts: {
            if case .silence = $0.1 { false } else { true }
        }
    }

    /// Asks everyone at once. Returns when all have answered, or some time after enough answers that count.
    private func ask<Asked: Sendable, Answer: Sendable>(
        _ asked: [Asked], until enough: Int, grace: Duration,
        _ ask: @escaping @Sendable (Asked) async -> Answer, counts: (Answer) -> Bool
    ) async -> [Answer] {
        let started = ContinuousClock.now
        return await withTaskGroup(of: Answer?.self) { group in
            for one in asked { group.addTask { await ask(one) } }
            var answers: [Answer] = []
            var counted = 0
            while answers.count < asked.count, let event = await group.next() {
                // The time after the last answer that was needed is over.
                guard let answer = event else { break }
                answers.append(answer)
                guard counts(answer) else { continue }
                counted += 1
                guard counted == enough else { continue }
                let grace = max(grace, ContinuousClock.now - started)
                group.addTask {
                    try? await Task.sleep(for: grace)
                    return nil
                }
            }
            group.cancelAll()
            return answers
        }
    }

    private func cosign(
        _ client: CosignerClient, _ checkpoint: SignedNote, size: UInt64,
        tree: @escaping @Sendable () -> Tree<TileHashes>
    ) async -> Answer {
        let started = ContinuousClock.now
        do {
            let line = try await client.cosign(checkpoint, size: size, tree: tree)
            figures.cosignerSeconds.observe(ContinuousClock.now - started)
            return .line(line)
        } catch {
            guard !Task.isCancelled else { return .none }
            figures.cosignerFailures.add()
            let level: Logger.Level =
                switch error {
                case .ahead, .inconsistent: .critical
                case .badAnswer: .error
                case .unavailable: .debug
                }
            logger.say(level, .noCosignature, error.fields(of: client.cosigner.key.key))
            guard case .ahead = error, let origin = (try? Checkpoint(parsing: checkpoint.text))?.origin,
                case .checkpoint(let shown) = await client.cosigner.lastCheckpoint(of: origin, over: transport)
            else { return .none }
            return .ahead(Shown(cosigner: client.cosigner, checkpoint: shown))
        }
    }

    /// A client is kept while its key and URL stay the same, so that it remembers the cosigner's size.
    private func clients(_ terms: CharterTerms) -> [CosignerClient] {
        let cosigners = terms.namedCosigners
        var kept: [Cosigner: CosignerClient] = [:]
        for cosigner in cosigners {
            kept[cosigner] = clients[cosigner] ?? CosignerClient(cosigner, transport: transport)
        }
        clients = kept
        return cosigners.compactMap { kept[$0] }
    }
}

extension CosignerClient.CosignError {
    /// The log fields for this error.
    fileprivate func fields(of cosigner: VerifyingKey) -> [LogField: LogValue] {
        switch self {
        case .unavailable(nil): [.cosigner: .key(cosigner), .reason: .word("unreachable")]
        case .unavailable(let status?):
            [.cosigner: .key(cosigner), .reason: .word("unavailable"), .status: .number(status)]
        case .ahead(let size): [.cosigner: .key(cosigner), .reason: .word("ahead"), .size: .number(size.rawValue)]
        case .inconsistent: [.cosigner: .key(cosigner), .reason: .word("inconsistent")]
        case .badAnswer: [.cosigner: .key(cosigner), .reason: .word("bad answer")]
        }
    }
}
