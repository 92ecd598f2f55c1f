import CofferTestKit
import Crypto
import Ledger
import Rules
import Sealing

/// What seeds are made of: one programme with everyone in it, the same at every run.
struct Material: Sendable {
    static let shared = Result { try Material() }

    let scenario: Scenario
    let programme: Scenario.Programme
    /// A cosigned checkpoint over all entries, and one entry's proof in it.
    let checkpoint: SignedNote
    let proof: TlogProof
    /// A signed statement of every type.
    let statements: [SignedNote]

    private init() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let ann = programme.consents["ann"] ?? scenario.charter.hash
        let pages = [PageID.week(20_772), Scenario.page(1), Scenario.page(2)]
        let halt = scenario.halt()
        let made: [(any StatementContent, [String])] = [
            (scenario.amend(scenario.terms), ["ledger", "desk"] + Scenario.reviewers + ["security"]),
            (scenario.dismiss(["ann"]), ["desk"]), (scenario.withdraw(programme.purpose), Scenario.reviewers),
            (scenario.revoke("ann"), ["ann"]), (scenario.erase("ann", under: ann, pages), ["ann"]),
            (try scenario.release(programme.grant, [ann: pages]), ["job"]),
            (scenario.outcome(programme.grant, disposed: true), ["job"]),
            (scenario.destroyed("acme-1", size: 4), ["acme-1"]), (halt, ["security"]),
            (scenario.resume([halt.hash]), Scenario.reviewers),
        ]
        for (statement, signers) in made { scenario.append(Scenario.note(statement, by: signers)) }
        self.scenario = scenario
        self.programme = programme
        self.statements = try scenario.entries.map { try SignedNote(parsing: $0.note) }
        self.checkpoint = try scenario.checkpoint(at: scenario.now)
        var hashes: [Hash256] = []
        for entry in scenario.entries { hashes.append(Merkle.leafHash(entry.encoded)) }
        let tree = Tree(size: UInt64(hashes.count), source: Leaves(hashes: hashes))
        self.proof = TlogProof(extra: [1, 2, 3], index: 5, hashes: try tree.inclusionProof(index: 5), note: checkpoint)
    }

    /// A key for whatever is sealed here; no secret.
    static let key = SymmetricKey(data: Hash256(of: Array("fuzz".utf8)).bytes)

    /// Takes the values out of a result that a seed or a check needs.
    static func make() throws -> Material { try shared.get() }
}

/// A tree over its leaves' hashes.
struct Leaves: HashSource {
    let hashes: [Hash256]

    func hash(level: Int, index: UInt64) throws -> Hash256 {
        guard level > 0 else { return hashes[Int(index)] }
        return Merkle.nodeHash(
            try hash(level: level - 1, index: index * 2), try hash(level: level - 1, index: index * 2 + 1))
    }
}
