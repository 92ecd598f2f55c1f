import Ledger
import Rules
import Sealing

extension CharterTerms {
    /// The terms as sentences, with every key in full: people compare keys before they sign.
    var facts: [Fact] {
        let demonstration = Fact(
            "demonstration", "This is a demonstration: agents may shift their clocks by whole days.")
        return (demo ? [demonstration] : []) + [
            Fact("rules", "The rules are those of version \(version)."),
            Fact("ledger", "The ledger is at \(Words.quoted(ledgerURL)) and signs with \(ledgerKey.hex)."),
        ] + groups.flatMap(\.facts) + [
            Fact(
                "cosigners",
                "Of \(Words.count(cosigners.count, "cosigner")), \(CheckpointPolicy.quorum(of: cosigners.count)) must sign "
                    + "every checkpoint.")
        ] + witnesses.map(\.fact) + reviewers.map { $0.fact("reviewer") } + [
            Fact(
                "reviews",
                "\(reviewQuorum) of \(Words.count(reviewers.count, "reviewer")) must sign a purpose, a grant or a "
                    + "withdrawal, one of the employees' side among them."),
            Fact("resumes", "\(resumeQuorum) of them must sign to lift a halt."),
        ] + halters.map { $0.fact("halter", "alone can stop every release, and") } + [
            desk.fact("desk", "enrols people at \(Words.quoted(deskURL)), and"),
            Fact(
                "rate",
                "The ledger takes \(rate) statements an hour from one key. Stops do not count."),
            Fact("shortest window", "The shortest review window of a consent is \(Words.span(minimumWindow))."),
            Fact(
                "shortest notice", "The shortest notice of a purpose or an amendment is \(Words.span(minimumNotice))."),
            Fact("tolerance", "An entry's stamp may be \(Words.span(tolerance)) ahead of a broker's clock."),
            Fact("freshness", "Brokers answer while a quorum's cosignature is at most \(Words.span(freshness)) old."),
            Fact("lake", "The lake is \(Words.quoted(lake))."),
        ]
    }
}

extension CharterTerms.Group {
    fileprivate var facts: [Fact] {
        let company = brokers.count { $0.side == .company }
        let group = Fact(
            "group \(name)",
            "Of the \(Words.count(brokers.count, "broker")) of the group \(Words.quoted(name)), \(threshold) must answer; "
                + "\(company) are the company's and \(brokers.count - company) the employees'.")
        return [group]
            + brokers.map { broker in
                Fact(
                    "broker \(broker.name)",
                    "Broker \(Words.quoted(broker.name)) of the group \(Words.quoted(name)), \(broker.side.words), is run "
                        + "by \(Words.quoted(broker.op)) at \(Words.quoted(broker.url)). It signs with "
                        + "\(broker.noteKey.hex) and cosigns with \(broker.cosigner.hex). The SHA-256 of the key that "
                        + "asks are sealed to is \(Hash256(of: broker.sealing.bytes).hex).")
            }
    }
}

extension CharterTerms.Witness {
    fileprivate var fact: Fact {
        Fact(
            "witness \(name)",
            "Witness \(Words.quoted(name)) at \(Words.quoted(url)) cosigns with \(key.hex).")
    }
}

extension CharterTerms.Officer {
    fileprivate func fact(_ role: String, _ duty: String = "") -> Fact {
        Fact(
            "\(role) \(name)",
            "The \(role) \(Words.quoted(name)), \(side.words), \(duty.isEmpty ? "" : duty + " ")signs with \(key.hex).")
    }
}

extension Side {
    fileprivate var words: String {
        switch self {
        case .company: "of the company's side"
        case .employees: "of the employees' side"
        }
    }
}
