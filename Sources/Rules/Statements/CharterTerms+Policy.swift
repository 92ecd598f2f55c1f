package import Ledger
import Sealing

extension CharterTerms {
    /// The checkpoint policy as a file that any C2SP tool reads (c2sp.org/tlog-policy): the ledger, every cosigner, and
    /// a majority of them. Nil when the origin is not a valid key name.
    ///
    /// Witnesses have their names from the charter, or the hex of their key when the name is not allowed in the file.
    package func witnessPolicy(origin: String) -> WitnessPolicy? {
        guard let policy = checkpointPolicy(origin: origin), policy.quorum > 0 else { return nil }
        let named = brokers.map { ($0.name, $0.url) } + witnesses.map { ($0.name, $0.url) }
        let names = named.map { Bytes($0.0.utf8) }
        let isReadable =
            names.allSatisfy(Self.isItem) && Set(names).count == names.count
            && Set(names).isDisjoint(with: [Self.group, Bytes("none".utf8)])
        let listed = zip(policy.witnesses, zip(names, named)).map { key, name in
            WitnessPolicy.Witness(
                name: isReadable ? name.0 : Bytes(key.name.utf8), key: VerifierKey(key), url: Self.item(name.1.1))
        }
        return try? WitnessPolicy(
            logs: [.init(key: VerifierKey(policy.ledger), url: Self.item(ledgerURL))], witnesses: listed,
            groups: [.init(name: Self.group, threshold: policy.quorum, members: listed.map(\.name))],
            quorum: Self.group)
    }

    private static let group = Bytes("cosigners".utf8)

    private static func item(_ url: String) -> Bytes? {
        let bytes = Bytes(url.utf8)
        return isItem(bytes) ? bytes : nil
    }

    /// Whether the bytes can be one item of a line: no space, no control character.
    private static func isItem(_ bytes: Bytes) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { $0 > 0x20 && $0 != 0x7f }
    }
}
