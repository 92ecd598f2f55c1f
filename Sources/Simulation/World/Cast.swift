import CofferTestKit
import Crypto
import Ledger
import Replica
import Rules
import Sealing

/// The participants: the same people, keys and charter in every run. Made once per process, because making keys is
/// slow.
///
/// Company 2-of-3, council 1-of-1, one outside witness: five cosigners, of which three are a quorum.
enum Cast {
    static let origin = Scenario.origin
    static let ledger = "ledger"
    static let witness = "north"
    static let brokers = ["acme-1", "acme-2", "acme-3", "council-1"]
    static let people = ["ann", "bob"]
    static let reviewers = ["privacy", "works"]
    static let halter = "security"
    static let desk = "desk"
    static let job = "job"
    /// A key that no charter and no grant names.
    static let stranger = "stranger"
    /// The recipient that releases name, and another key that they do not name.
    static let recipients = ["recipient", "other recipient"]
    static let cosigners = brokers.map { "cosigner " + $0 } + [witness]
    static let quorum = 3

    /// The machine on which a cosigner runs.
    static func machine(of cosigner: String) -> String {
        cosigner.hasPrefix("cosigner ") ? String(cosigner.dropFirst("cosigner ".count)) : cosigner
    }

    static let terms: CharterTerms = {
        var terms = Scenario.terms()
        terms.reviewers = [Scenario.officer("privacy", .company), Scenario.officer("works", .employees)]
        terms.halters = [Scenario.officer(halter, .company)]
        return terms
    }()

    /// Terms in which every key of the ledger and of its cosigners is another's.
    static let usurpers: CharterTerms = {
        var terms = Cast.terms
        terms.ledgerKey = publicKey("usurping ledger")
        terms.groups = [
            Scenario.group("company", threshold: 1, ["usurper-1"], operator: "usurper", .company),
            Scenario.group("council", threshold: 1, ["usurper-2"], operator: "council", .employees),
        ]
        terms.witnesses = [Scenario.witness("usurping-witness")]
        return terms
    }()

    static let shapes = terms.shapes
    static let charter = Charter(
        heading: Heading(
            origin: origin, id: ID128(Bytes(repeating: 7, count: 16)), until: Scenario.noon + millisecondsPerDay),
        terms: terms)
    static let charterNote = Scenario.note(charter, by: Scenario.names(signing: terms))
    /// The charter, verified; nil only if this file contradicts the rules.
    static let charterFile = try? CharterFile(parsing: charterNote)

    private static let names =
        [ledger, desk, halter, job, stranger, witness] + people + reviewers + brokers + brokers.map { "cosigner " + $0 }
    private static let signing = Dictionary(uniqueKeysWithValues: names.map { ($0, Scenario.key($0)) })
    private static let nameOf = Dictionary(uniqueKeysWithValues: signing.map { ($1.publicKey, $0) })
    private static let sealing = Dictionary(
        uniqueKeysWithValues: (brokers + recipients).compactMap { name in
            (try? Scenario.sealingKey(name)).map { (name, $0) }
        })
    private static let roots = Dictionary(
        uniqueKeysWithValues: people.map { name in
            let root = Hash256(of: Bytes("consent root \(name)".utf8))
            return (name, ReplicatedPRF.consentRoot(root.key, pseudonym: publicKey(name)))
        })

    static func key(_ name: String) -> SigningKey { signing[name] ?? Scenario.key(name) }
    static func publicKey(_ name: String) -> VerifyingKey { key(name).publicKey }
    static func name(_ key: VerifyingKey) -> String? { nameOf[key] }
    static func sealingKey(_ name: String) throws -> SealingPrivateKey {
        guard let key = sealing[name] else { throw CofferError(.bug, "There is no such sealing key.") }
        return key
    }
    /// A person's root_c.
    static func root(_ person: String) -> SymmetricKey { roots[person] ?? Hash256(of: []).key }

    /// A broker's group and its number in it.
    static func seat(_ broker: String) -> (group: Int, number: Int) {
        for (group, members) in terms.groups.enumerated() {
            if let number = members.brokers.firstIndex(where: { $0.name == broker }) { return (group, number) }
        }
        return (0, 0)
    }

    static func url(_ name: String) -> String { "http://\(name).example" }
}

extension Hash256 {
    var key: SymmetricKey { SymmetricKey(data: bytes) }
}
