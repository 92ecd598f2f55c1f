import Keys
import Ledger
import Replica
import Rules
import Sealing

/// A charter over real key files: company 2-of-3, council 1-of-1, two outside witnesses.
struct Organisation {
    static let origin = "servers.example/coffer"
    static let brokerNames = ["acme-1", "acme-2", "acme-3", "council-1"]
    static let witnessNames = ["north", "south"]

    let keys: [String: OrgKeyFile]
    let charter: CharterFile

    init(now: Milliseconds) throws {
        var keys: [String: OrgKeyFile] = [:]
        func make(_ role: OrgRole, _ name: String, side: String = "company") throws {
            keys[name] = try OrgKeyFile(
                role: role, name: name, operatorName: String(name.prefix(4)), side: side, url: "http://\(name)")
        }
        try make(.ledger, "ledger")
        try make(.desk, "desk", side: "employees")
        for name in Self.brokerNames { try make(.broker, name, side: name == "council-1" ? "employees" : "company") }
        for name in Self.witnessNames { try make(.witness, name) }
        try make(.reviewer, "privacy")
        try make(.reviewer, "works", side: "employees")
        try make(.halter, "security")
        try make(.job, "job")
        self.keys = keys
        func key(_ name: String) throws -> OrgPublicKey {
            guard let key = keys[name]?.publicKey else { throw CofferError(.bug, name) }
            return key
        }
        let terms = CharterTerms(
            demo: true, ledgerKey: try key("ledger").noteKey, ledgerURL: "http://ledger",
            groups: [
                .init(
                    name: "company", threshold: 2, brokers: try Self.brokerNames.prefix(3).map { try key($0).broker() }),
                .init(
                    name: "council", threshold: 1, brokers: try Self.brokerNames.suffix(1).map { try key($0).broker() }),
            ],
            witnesses: try Self.witnessNames.map { try key($0).witness() },
            reviewers: try ["privacy", "works"].map { try key($0).officer() },
            halters: [try key("security").officer()], desk: try key("desk").officer(), deskURL: "http://desk",
            reviewQuorum: 2, resumeQuorum: 2, rate: 1_000,
            minimumWindow: 0, minimumNotice: 0, lake: "lake")
        let charter = Charter(heading: Heading(origin: Self.origin, until: now + millisecondsPerDay), terms: terms)
        var note = try SignedNote(text: charter.text, signatures: [])
        for name in ["ledger", "desk", "privacy", "works", "security"] + Self.brokerNames {
            if let key = keys[name] { note.sign(with: key.noteKey) }
        }
        self.charter = try CharterFile(parsing: note.encoded)
    }

    func key(_ name: String) throws -> OrgKeyFile {
        guard let key = keys[name] else { throw CofferError(.bug, name) }
        return key
    }

    func sign(_ statement: some StatementContent, _ names: [String]) throws -> SignedNote {
        var note = try SignedNote(text: statement.text, signatures: [])
        for name in names { note.sign(with: try key(name).noteKey) }
        return note
    }
}
