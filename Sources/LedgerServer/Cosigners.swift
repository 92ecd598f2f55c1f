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
    private var links: [Address: CosignerClient] = [:]

    private struct Address: Hashable {
        let key: VerifyingKey
        let url: String
    }

    init(transport: any HTTPTransport, figures: LedgerMetrics, logger: Logger, grace: Duration) {
        self.transport = transport
        self.figures = figures
        self.logger = logger
        self.grace = grace
    }

    private enum Event: Sendable {
        case answered(NoteSignature?)
        case graceIsOver
    }

    /// The checkpoint with the cosignatures of at least a quorum; nil without a quorum, and then nothing may be
    /// published.
    ///
    /// With `waitsForLateCosigners` it waits longer for the other cosigners, as is possible for an idle checkpoint.
    func gather(
        _ checkpoint: SignedNote, size: UInt64, terms: CharterTerms, policy: CheckpointPolicy,
        waitsForLateCosigners: Bool,
        tree: @escaping @Sendable () -> Tree<TileHashes>
    ) async -> SignedNote? {
        let links = links(terms)
        let started = ContinuousClock.now
        let lines = await withTaskGroup(of: Event.self) { group in
            for link in links {
                group.addTask { .answered(await self.ask(link, checkpoint, size: size, tree: tree)) }
            }
            var lines: [NoteSignature] = []
            var open = links.count
            events: for await event in group {
                switch event {
                case .graceIsOver: break events
                case .answered(let line):
                    open -= 1
                    if let line { lines.append(line) }
                    if open == 0 { break events }
                    guard line != nil, lines.count == policy.quorum else { continue }
                    let grace = max(waitsForLateCosigners ? Self.patience : self.grace, ContinuousClock.now - started)
                    group.addTask {
                        try? await Task.sleep(for: grace)
                        return .graceIsOver
                    }
                }
            }
            group.cancelAll()
            return lines
        }
        guard var note = try? SignedNote(text: checkpoint.text, signatures: checkpoint.signatures) else { return nil }
        for line in lines { note.add(line) }
        return (try? policy.verify(note)) == nil ? nil : note
    }

    private func ask(
        _ link: CosignerClient, _ checkpoint: SignedNote, size: UInt64, tree: @escaping @Sendable () -> Tree<TileHashes>
    ) async -> NoteSignature? {
        let started = ContinuousClock.now
        do {
            let line = try await link.cosign(checkpoint, size: size, tree: tree)
            figures.cosignerSeconds.observe(ContinuousClock.now - started)
            return line
        } catch {
            guard !Task.isCancelled else { return nil }
            figures.cosignerFailures.add()
            let level: Logger.Level =
                switch error {
                case .ahead, .inconsistent: .critical
                case .badAnswer: .error
                case .unavailable: .debug
                }
            logger.say(level, .noCosignature, error.fields(of: link.key.key))
            return nil
        }
    }

    /// A client is kept while its key and URL stay the same, so that it remembers the cosigner's size.
    private func links(_ terms: CharterTerms) -> [CosignerClient] {
        let addresses =
            terms.brokers.map { Address(key: $0.cosigner, url: $0.url) }
            + terms.witnesses.map { Address(key: $0.key, url: $0.url) }
        var kept: [Address: CosignerClient] = [:]
        for address in addresses {
            kept[address] =
                links[address]
                ?? CosignerClient(key: NoteKey(cosigner: address.key), url: address.url, transport: transport)
        }
        links = kept
        return addresses.compactMap { kept[$0] }
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
