import Keys
import Ledger
import Rules
import Sealing

/// The keys of the copied organisation's honest officers and servers, with which the drill runs honest brokers.
struct Custody: Sendable {
    private let keys: [OrgKeyFile]

    init(directory: String) throws(CofferError) {
        var keys: [OrgKeyFile] = []
        for name in Folders.names(in: directory)
        where !name.hasSuffix(".pub") && !Folders.isDirectory("\(directory)/\(name)") {
            keys.append(try OrgKeyFile(readingFrom: "\(directory)/\(name)"))
        }
        self.keys = keys
    }

    func ledger(_ terms: CharterTerms) throws(CofferError) -> SigningKey {
        guard let key = keys.first(where: { $0.noteKey.publicKey == terms.ledgerKey }) else {
            throw Self.missing("ledger")
        }
        return key.noteKey
    }

    func broker(_ broker: CharterTerms.Broker) throws(CofferError) -> OrgKeyFile {
        guard let key = keys.first(where: { $0.noteKey.publicKey == broker.noteKey }) else {
            throw Self.missing("broker \(broker.name)")
        }
        return key
    }

    /// Signs a checkpoint as every cosigner whose key is here, at a time in milliseconds.
    func cosign(_ checkpoint: SignedNote, _ terms: CharterTerms, now: Milliseconds) -> SignedNote {
        var checkpoint = checkpoint
        for cosigner in terms.cosigners {
            guard let key = keys.lazy.compactMap(\.cosignerKey).first(where: { $0.publicKey == cosigner.key }) else {
                continue
            }
            checkpoint.add(Cosignature.make(checkpoint.text, by: cosigner, with: key, time: Seconds(now)))
        }
        return checkpoint
    }

    private static func missing(_ whose: String) -> CofferError {
        CofferError(
            .configuration, "The copy holds no key of the \(whose).",
            hint: "The drill runs the honest servers itself: put their key files into org/.")
    }
}
