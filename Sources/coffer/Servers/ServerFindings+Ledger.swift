import Audit
import Client
import Ledger
import Replica
import Rules
import Sealing

extension ServerFindings {
    /// Checks that the ledger answers, and that it serves all that a quorum has signed. Brokers are asked first: they serve
    /// a checkpoint only after the ledger has published it.
    mutating func ledger(_ terms: CharterTerms, origin: String) async {
        let transport = HTTPConnection(timeout: 5)
        let known = await Self.largestCheckpoint(terms, origin: origin, transport)
        let standing = await LedgerStanding.now(
            of: HTTPSource(url: terms.ledgerURL, transport: transport), known: known)
        guard let problem = standing.problem else { return }
        switch standing {
        case .newest: break
        case .back:
            add(problem, "stop it, set its folder aside, and restore it with coffer serve restore-ledger")
        case .silent:
            add(problem, "start it, and check its address: until then nothing is logged")
        }
    }

    /// The size of the largest checkpoint that a broker serves and a quorum signed.
    private static func largestCheckpoint(_ terms: CharterTerms, origin: String, _ transport: HTTPConnection) async
        -> UInt64
    {
        guard let policy = terms.checkpointPolicy(origin: origin) else { return 0 }
        return await withTaskGroup(of: UInt64.self) { group in
            for broker in terms.brokers {
                group.addTask {
                    let source = HTTPSource(url: broker.url, transport: transport)
                    guard let bytes = try? await source.checkpoint(), let note = try? SignedNote(checkpoint: bytes),
                        let checkpoint = try? policy.verify(note)
                    else { return 0 }
                    return checkpoint.size
                }
            }
            return await group.reduce(0) { max($0, $1) }
        }
    }
}
