import CofferTestKit
import Crypto
import Ledger
import Rules

@testable import Audit
@testable import Keyholder
@testable import Keys
@testable import Replica
@testable import Sealing
@testable import Vault

/// Files that people and processes hand to each other or keep in clear.
extension FuzzTarget {
    static let files: [FuzzTarget] = [
        FuzzTarget("charter-file", runs: 1000, seeds: { [try Material.make().scenario.charterNote] }) {
            guard let file = try? CharterFile(parsing: $0) else { return }
            hold((try? file.terms.check()) != nil, "a charter that breaks a rule was taken")
        },
        .parser("public-key-file", seeds: { [try publicKey().json.encoded + [10]] }) {
            try OrgPublicKey(parsing: $0).json.encoded + ($0.last == 10 ? [10] : [])
        },
        .parser("seed-base64", seeds: { [Array("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".utf8)] }) {
            guard let key = $0.withUnsafeBytes({ OrgKeyFile.seed($0) }) else { throw FormatError.notCanonical }
            var again = Bytes(repeating: 0, count: 44)
            again.withUnsafeMutableBytes { out in key.withUnsafeBytes { Base64.encode($0, into: out) } }
            return again
        },
        .parser("pin", seeds: { [pin.encoded] }) { try Pin(parsing: $0).encoded },
        FuzzTarget("evidence", runs: 3000, seeds: { [try evidence(), try amendedEvidence()] }) { judgeEvidence($0) },
        .parser("revocation-card", runs: 3000, seeds: { [try card().encoded] }) {
            try RevocationCard(parsing: $0).encoded
        },
        FuzzTarget("outbox", seeds: { [try outbox().encoded] }) { bytes in
            // Not the same bytes: what an earlier version wrote about the ledger is read and not kept.
            guard let entry = try? OutboxEntry(name: "x", parsing: bytes) else { return }
            let again = try? OutboxEntry(name: "x", parsing: entry.encoded)
            hold(again == entry, "an outbox entry changes when it is kept")
        },
        .parser("offered-page", seeds: { [try offered().encoded] }) { try OfferedPage(parsing: $0).encoded },
        FuzzTarget("recovery-sheet", runs: 3000, seeds: { [Array(sheet.utf8), Array("0001".utf8)] }) { readSheet($0) },
        FuzzTarget("keyholder-reply", seeds: { replies.map { Array($0.utf8) } }) {
            _ = try? KeyholderMessage.reply($0)
        },
    ]

    private static func publicKey() throws -> OrgPublicKey {
        let description = OrgKeyDescription(
            role: .broker, name: "acme-1", operatorName: "acme", side: "company", url: "http://acme-1.example")
        var key = OrgPublicKey(description, noteKey: Scenario.publicKey("acme-1"))
        key.cosigner = Scenario.publicKey("cosigner acme-1")
        key.sealing = try Scenario.sealingKey("acme-1").publicKey
        return key
    }

    private static let pin = Pin(
        origin: Scenario.origin, charterHash: Merkle.emptyRoot, ledgerURL: "http://ledger.example")

    private static func evidence() throws -> Bytes {
        let scenario = try Material.make().scenario
        let notes = try [scenario.checkpoint(size: 3, at: scenario.now), scenario.checkpoint(at: scenario.now)]
        return notes.enumerated().flatMap { Array("==== checkpoint \($0)\n".utf8) + $1.encoded }
    }

    /// The same with an amendment that gives the ledger another key.
    private static func amendedEvidence() throws -> Bytes {
        var scenario = try Material.make().scenario
        var terms = scenario.terms
        terms.ledgerKey = Scenario.publicKey("ledger-2")
        let signers = Scenario.names(signing: scenario.terms) + ["ledger-2"]
        let note = Scenario.note(scenario.amend(terms, amends: scenario.charter.hash), by: signers)
        return try evidence() + Array("\n==== an amendment ====\n".utf8) + note
    }

    private static let charter = Result { try CharterFile(parsing: try Material.make().scenario.charterNote) }

    /// Checkpoints that the ledger did sign, of one history, convict nobody, whatever amendments are said to stand
    /// between.
    private static func judgeEvidence(_ bytes: Bytes) {
        guard let file = try? EvidenceFile(parsing: bytes), let charter = try? charter.get(),
            let verdict = try? file.judge(charter)
        else { return }
        hold(verdict.finding == .undecided, "heads of one history were taken for two")
    }

    private static func card() throws -> RevocationCard {
        let material = try Material.make()
        let revoke = material.statements.first { (try? Statement(parsing: $0.text))?.type == Revoke.type }
        let groups = material.scenario.terms.groups.map { group in
            StopGroup(
                name: group.name, threshold: group.threshold,
                brokers: group.brokers.map { .init(key: $0.noteKey, url: $0.url) })
        }
        return RevocationCard(
            origin: Scenario.origin, charter: material.scenario.charter.hash, ledgerURL: "http://ledger.example",
            revokes: [
                .init(
                    purpose: "autocomplete", pseudonym: Scenario.publicKey("ann"), note: revoke?.encoded ?? [],
                    roster: StopRoster(hash: material.scenario.charter.hash, groups: groups))
            ])
    }

    private static func outbox() throws -> OutboxEntry {
        OutboxEntry(name: "x", notes: [try Material.make().checkpoint.encoded], objects: [Merkle.emptyRoot])
    }

    private static func offered() throws -> OfferedPage {
        OfferedPage(
            id: Scenario.page(1), pseudonym: Scenario.publicKey("ann"), object: Merkle.emptyRoot,
            segments: [.init(id: Merkle.emptyRoot, object: Merkle.leafHash([1]))], ownsBodies: true,
            erase: try Material.make().checkpoint.encoded)
    }

    /// Of a seed of 32 zeros.
    private static let sheet: String = {
        guard let memory = try? SecretMemory(count: IdentitySeed.count), let seed = try? IdentitySeed(memory) else {
            return ""
        }
        return RecoverySheet.groups(of: seed).joined(separator: " ")
    }()

    /// However it was typed, what is read is printed so that it is read the same.
    private static func readSheet(_ bytes: Bytes) {
        guard let text = String(validating: bytes, as: UTF8.self), let seed = try? RecoverySheet.seed(from: text) else {
            return
        }
        let groups = RecoverySheet.groups(of: seed)
        guard let again = try? RecoverySheet.seed(from: groups.joined(separator: "-")) else {
            fatalError("a printed sheet cannot be read")
        }
        hold(RecoverySheet.groups(of: again) == groups, "a sheet reads as another seed")
    }

    private static let replies = [
        #"{"item":{"id":"x"}}"#, #"{"done":true}"#, #"{"error":{"code":69,"message":"Locked.","hint":"Unlock."}}"#,
    ]
}
