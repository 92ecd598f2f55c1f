import Ledger
import Sealing

extension CharterTerms {
    /// Whether these terms may govern a ledger (Design, "Consent keys" and "The ledger is the state"). Each refusal
    /// names its rule.
    package func check() throws(Refusal) {
        guard let rules else {
            throw Refusal("charter.version", "This program does not know this version of the rules.")
        }
        try checkGroups()
        if rules >= .two { try checkSides() }
        try require(!witnesses.isEmpty, "charter.witnesses", "A charter must name at least one outside witness.")
        try require(
            Self.areNames(brokers.map(\.name) + witnesses.map(\.name)), "charter.names",
            "Every broker and witness needs a name of its own.")
        try require(
            Self.areNames(reviewers.map(\.name)) && Self.areNames(halters.map(\.name)) && !desk.name.isEmpty,
            "charter.names", "Every reviewer and every halter needs a name of its own.")
        try require(desk.side == .employees, "charter.desk", "The desk must be on the employees' side.")
        try require(
            (1...reviewers.count + 1).contains(reviewQuorum) && reviewQuorum <= reviewers.count
                && resumeQuorum >= 1 && resumeQuorum <= reviewers.count
                && reviewers.contains { $0.side == .employees } && !halters.isEmpty,
            "charter.quorums", "A quorum cannot be met, no reviewer is on the employees' side, or there is no halter.")
        try require(
            !demo || (minimumWindow == 0 && minimumNotice == 0), "charter.demo",
            "A demonstration needs a minimum window and notice of zero.")
        let keys = roles.map(\.0)
        try require(Set(keys).count == keys.count, "charter.keys", "A key is listed twice; a key has only one role.")
        try require(
            keys.allSatisfy(\.isEnrollable), "charter.keys", "A key is not canonical, or not in the prime-order group.")
        guard rules >= .two else { return }
        try require(
            brokers.allSatisfy(\.sealing.isUsable), "charter.keys", "Nothing can be sealed to a broker's sealing key.")
        let urls = [ledgerURL, deskURL] + brokers.map(\.url) + witnesses.map(\.url)
        try require(
            urls.allSatisfy { ServerAddress($0) != nil }, "charter.url",
            "A server's URL is not http://HOST:PORT or https://HOST:PORT, with a path or without.")
    }

    /// In one group at least, the company's brokers alone must be fewer than the threshold. Otherwise the company could
    /// open every page by itself.
    private func checkSides() throws(Refusal) {
        try require(
            groups.contains { group in group.brokers.count { $0.side == .company } < group.threshold },
            "charter.sides", "The company's brokers alone reach the threshold of every group.")
    }

    private func checkGroups() throws(Refusal) {
        try require(
            !groups.isEmpty && shapes.count == groups.count && brokers.count <= GroupShape.maximumTotal,
            "charter.threshold", "Each group needs a threshold above half of at most 7 brokers; at most 14 in all.")
        try require(
            Self.areNames(groups.map(\.name)), "charter.names", "Two groups have the same name.")
        var groupOf: [Bytes: Int] = [:]
        for (number, group) in groups.enumerated() {
            for broker in group.brokers {
                let known = groupOf.updateValue(number, forKey: Bytes(broker.op.utf8))
                try require(
                    known == nil || known == number, "charter.operator", "An operator runs brokers in two groups.")
            }
        }
    }

    /// Whether no name is empty and no two are the same. Names compare as bytes (Design, "Notes and signers"): Swift's
    /// own `==` treats some strings with different bytes as equal.
    private static func areNames(_ names: [String]) -> Bool {
        names.allSatisfy { !$0.isEmpty } && Set(names.map { Bytes($0.utf8) }).count == names.count
    }
}
