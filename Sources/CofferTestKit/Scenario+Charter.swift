package import Rules
internal import Sealing

extension Scenario {
    /// The usual terms: company 2-of-3 and council 1-of-1, a witness, three reviewers of which two must sign, two
    /// halters, a desk; window and notice of at least an hour.
    package static func terms() -> CharterTerms {
        CharterTerms(
            demo: false, ledgerKey: publicKey("ledger"), ledgerURL: "http://ledger.example",
            groups: [
                group("company", threshold: 2, ["acme-1", "acme-2", "acme-3"], operator: "acme", .company),
                group("council", threshold: 1, ["council-1"], operator: "council", .employees),
            ],
            witnesses: [witness("north")],
            reviewers: [officer("privacy", .company), officer("legal", .company), officer("works", .employees)],
            halters: [officer("security", .company), officer("emergency", .employees)],
            desk: officer("desk", .employees), deskURL: "http://desk.example", reviewQuorum: 2, resumeQuorum: 2,
            rate: 1000, minimumWindow: 3_600_000, minimumNotice: 3_600_000, lake: "http://lake.example")
    }

    package static func officer(_ name: String, _ side: Side) -> CharterTerms.Officer {
        CharterTerms.Officer(name: name, key: publicKey(name), side: side)
    }

    package static func witness(_ name: String) -> CharterTerms.Witness {
        CharterTerms.Witness(name: name, key: publicKey(name), url: "http://\(name).example")
    }

    package static func group(
        _ name: String, threshold: Int, _ brokers: [String], operator op: String, _ side: Side
    ) -> CharterTerms.Group {
        CharterTerms.Group(
            name: name, threshold: threshold, brokers: brokers.compactMap { broker($0, operator: op, side) })
    }

    package static func broker(_ name: String, operator op: String, _ side: Side) -> CharterTerms.Broker? {
        (try? sealingKey(name)).map {
            CharterTerms.Broker(
                name: name, operator: op, side: side, noteKey: publicKey(name), cosigner: publicKey("cosigner " + name),
                sealing: $0.publicKey, url: "http://\(name.replacing(" ", with: "-")).example")
        }
    }

    /// The names of the people who sign a charter with these terms, without duplicates.
    package static func names(signing terms: CharterTerms) -> [String] {
        var left = Set(terms.signingKeys)
        let named = ["ledger", "desk"] + (terms.reviewers + terms.halters).map(\.name) + terms.brokers.map(\.name)
        return named.filter { left.remove(publicKey($0)) != nil }
    }
}
