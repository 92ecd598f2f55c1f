import Sealing

/// Who must sign a statement. Every signature line must name its key and verify, and no key may sign twice.
struct SignerRule {
    /// The author of the statement.
    var signer: VerifyingKey?
    /// Each of these must sign.
    var required: [VerifyingKey] = []
    /// From each of these, `count` members must sign.
    var quorums: [Quorum] = []

    struct Quorum {
        let members: [VerifyingKey: Side]
        let count: Int
        /// Whether at least one signer must be on the employees' side.
        let needsEmployees: Bool
    }

    func allows(_ key: VerifyingKey) -> Bool {
        key == signer || required.contains(key) || quorums.contains { $0.members[key] != nil }
    }
}

extension LedgerState {
    /// Checks the signers of a note, and its signatures unless that was done before.
    func check(_ named: NoteSigners?, _ rule: SignerRule) throws(Refusal) {
        // Check the names first, since checking signatures is expensive.
        guard let named, named.keys.allSatisfy(rule.allows) else {
            throw Refusal("signature", "A signature is by a key that may not sign this statement.")
        }
        try require(named.areValid, "signature", "A signature does not verify.")
        let signers = named.keys
        try require(
            rule.signer.map(signers.contains) != false && rule.required.allSatisfy(signers.contains), "quorum",
            "A key that must sign this statement has not signed it.")
        for quorum in rule.quorums {
            let present = signers.compactMap { quorum.members[$0] }
            try require(present.count >= quorum.count, "quorum", "Too few have signed: \(quorum.count) are needed.")
            try require(
                !quorum.needsEmployees || present.contains(.employees), "quorum",
                "No signer is on the employees' side.")
        }
    }

    /// Who must sign: the statement's author, or those that the charter in force names.
    func signerRule(for statement: Statement) throws(Refusal) -> SignerRule {
        switch statement {
        case .charter(let charter): return SignerRule(required: charter.terms.signingKeys)
        case .consent(let consent): return SignerRule(signer: consent.pseudonym)
        case .revoke(let revoke): return SignerRule(signer: revoke.pseudonym)
        case .erase(let erase): return SignerRule(signer: erase.pseudonym)
        case .release(let release):
            guard let job = grants[release.grant]?.grant.job else {
                throw Refusal("release.grant", "There is no such grant.")
            }
            return SignerRule(signer: job)
        case .outcome(let outcome):
            guard let job = grants[outcome.grant]?.grant.job else {
                throw Refusal("outcome.grant", "There is no such grant.")
            }
            return SignerRule(signer: job)
        case .destroyed(let destroyed):
            try require(
                roles[destroyed.broker] == .broker, "destroyed.broker", "The charter names no such broker.")
            return SignerRule(signer: destroyed.broker)
        case .amend(let amend): return amendRule(amend, try terms)
        case .enrol, .dismiss: return SignerRule(signer: try terms.desk.key)
        case .purpose, .withdraw: return SignerRule(quorums: [try terms.reviewers(terms.reviewQuorum)])
        case .grant(let grant):
            return SignerRule(signer: grant.job, quorums: [try terms.reviewers(terms.reviewQuorum)])
        case .halt: return SignerRule(quorums: [try terms.officers(terms.halters, 1)])
        case .resume: return SignerRule(quorums: [try terms.reviewers(terms.resumeQuorum)])
        }
    }

    /// The terms in force. Read only for the few statements whose signers they name.
    private var terms: CharterTerms {
        get throws(Refusal) {
            guard let terms = charter?.terms else {
                throw Refusal("charter.pin", "The ledger does not begin with its charter.")
            }
            return terms
        }
    }

    /// A quorum of every role of the charter in force, and every new signing key.
    private func amendRule(_ amend: Amend, _ terms: CharterTerms) -> SignerRule {
        let known = Set(terms.signingKeys)
        let fresh = amend.terms.signingKeys.filter { !known.contains($0) }
        var rule = SignerRule(required: fresh + [terms.ledgerKey, terms.desk.key])
        rule.quorums = [terms.reviewers(terms.reviewQuorum), terms.officers(terms.halters, 1)]
        for group in terms.groups {
            let members = group.brokers.map { ($0.noteKey, $0.side) }
            rule.quorums.append(
                .init(
                    members: Dictionary(members, uniquingKeysWith: { first, _ in first }), count: group.threshold,
                    needsEmployees: false))
        }
        return rule
    }
}

extension CharterTerms {
    func reviewers(_ count: Int) -> SignerRule.Quorum {
        SignerRule.Quorum(members: Self.sides(of: reviewers), count: count, needsEmployees: true)
    }

    func officers(_ officers: [Officer], _ count: Int) -> SignerRule.Quorum {
        SignerRule.Quorum(members: Self.sides(of: officers), count: count, needsEmployees: false)
    }

    private static func sides(of officers: [Officer]) -> [VerifyingKey: Side] {
        Dictionary(officers.map { ($0.key, $0.side) }, uniquingKeysWith: { first, _ in first })
    }
}
