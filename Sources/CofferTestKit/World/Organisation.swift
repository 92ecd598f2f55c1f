package import Keys
package import Ledger
package import Replica
package import Rules
package import Sealing

/// The key files of an organisation and its signed charter, for tests of what reads them: servers, the drill, benches.
/// Whatever needs only a ledger takes a `Scenario`.
package struct Organisation: Sendable {
    package static let origin = Scenario.origin

    /// Company and council, each with its brokers' names.
    package struct Shape: Sendable {
        package var company = ["acme-1", "acme-2", "acme-3"]
        package var threshold = 2
        package var council = ["council-1"]
        package var witnesses = ["north"]

        package init() {}

        package var brokers: [String] { company + council }
    }

    package let shape: Shape
    package let keys: [String: OrgKeyFile]
    package let charter: CharterFile

    /// Fresh keys, whose servers are reached at `url(name)`, and a charter that all of them signed, with neither window
    /// nor notice; `change` changes its terms.
    package init(
        _ shape: Shape = Shape(), now: Milliseconds, url: (String) -> String = { "http://\($0)" },
        terms change: (inout CharterTerms) -> Void = { _ in }
    ) throws {
        var keys: [String: OrgKeyFile] = [:]
        func make(_ role: OrgRole, _ names: [String], side: Side = .company) throws {
            for name in names {
                keys[name] = try OrgKeyFile(
                    role: role, name: name, operatorName: String(name.prefix(4)), side: side.rawValue, url: url(name))
            }
        }
        try make(.ledger, ["ledger"])
        try make(.desk, ["desk"], side: .employees)
        try make(.broker, shape.company)
        try make(.broker, shape.council, side: .employees)
        try make(.witness, shape.witnesses)
        try make(.reviewer, ["privacy"])
        try make(.reviewer, ["works"], side: .employees)
        try make(.halter, ["security"])
        try make(.job, ["job"])
        self.shape = shape
        self.keys = keys
        var terms = try Self.terms(keys.mapValues(\.publicKey), shape)
        change(&terms)
        let charter = Charter(heading: Heading(origin: Self.origin, until: now + millisecondsPerDay), terms: terms)
        var note = try SignedNote(text: charter.text, signatures: [])
        for name in Self.officers + shape.brokers { if let key = keys[name] { note.sign(with: key.noteKey) } }
        self.charter = try CharterFile(parsing: note.encoded)
    }

    /// Who signs a charter beside its brokers.
    private static let officers = ["ledger", "desk", "privacy", "works", "security"]

    private static func terms(_ keys: [String: OrgPublicKey], _ shape: Shape) throws -> CharterTerms {
        func key(_ name: String) throws -> OrgPublicKey {
            guard let key = keys[name] else { throw CofferError(.bug, "There is no key of \(name).") }
            return key
        }
        return CharterTerms(
            demo: false, ledgerKey: try key("ledger").noteKey, ledgerURL: try key("ledger").url,
            groups: [
                .init(
                    name: "company", threshold: shape.threshold, brokers: try shape.company.map { try key($0).broker() }
                ),
                .init(
                    name: "council", threshold: shape.council.count,
                    brokers: try shape.council.map { try key($0).broker() }),
            ],
            witnesses: try shape.witnesses.map { try key($0).witness() },
            reviewers: try ["privacy", "works"].map { try key($0).officer() },
            halters: [try key("security").officer()], desk: try key("desk").officer(), deskURL: try key("desk").url,
            reviewQuorum: 2, resumeQuorum: 2, rate: 1_000, minimumWindow: 0, minimumNotice: 0, lake: "lake")
    }

    package func key(_ name: String) throws -> OrgKeyFile {
        guard let key = keys[name] else { throw CofferError(.bug, "There is no key of \(name).") }
        return key
    }

    /// The note of a statement, signed by these officers and servers, and by others whose keys have no file.
    package func sign(
        _ statement: some StatementContent, _ names: [String], and others: [SigningKey] = []
    ) throws -> SignedNote {
        var note = try SignedNote(text: statement.text, signatures: [])
        for key in try names.map({ try key($0).noteKey }) + others { note.sign(with: key) }
        return note
    }
}
