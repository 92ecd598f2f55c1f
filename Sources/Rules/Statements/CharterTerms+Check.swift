import Ledger
import Sealing

extension CharterTerms {
    /// Whether these terms may govern a ledger (DESIGN §5 and §8). Each refusal names its rule.
    package func check() throws(Refusal) {
        try require(
            version == Self.rulesVersion, "charter.version", "This version of the rules is not known to this binary.")
        try checkGroups()
        try require(!witnesses.isEmpty, "charter.witnesses", "A charter must name at least one outside witness.")
        try require(
            Set(brokers.map(\.name) + witnesses.map(\.name)).count == brokers.count + witnesses.count, "charter.names",
            "Every broker and witness needs a name of its own.")
        try require(desk.side == .employees, "charter.desk", "The desk must be on the employees' side.")
        try require(
            (1...reviewers.count + 1).contains(reviewQuorum) && reviewQuorum <= reviewers.count
                && resumeQuorum >= 1 && resumeQuorum <= reviewers.count
                && reviewers.contains { $0.side == .employees } && !halters.isEmpty,
            "charter.quorums", "A quorum cannot be met, none is on the employees' side, or there is no halter.")
        try require(
            !demo || (minimumWindow == 0 && minimumNotice == 0), "charter.demo",
            "A demonstration needs a minimum window and notice of zero.")
        let keys = roles.map(\.0)
        try require(Set(keys).count == keys.count, "charter.keys", "A key stands twice: a key has one role.")
        try require(
            keys.allSatisfy(\.isEnrollable), "charter.keys", "A key is not canonical, or not in the prime-order group.")
    }

    private func checkGroups() throws(Refusal) {
        try require(
            !groups.isEmpty && shapes.count == groups.count && brokers.count <= GroupShape.maximumTotal,
            "charter.threshold", "Each group needs a threshold above half of at most 7 brokers; at most 14 in all.")
        try require(
            Set(groups.map(\.name)).count == groups.count, "charter.names", "Two groups have the same name.")
        var groupOf: [String: String] = [:]
        for group in groups {
            for broker in group.brokers {
                let known = groupOf.updateValue(group.name, forKey: broker.op)
                try require(
                    known == nil || known == group.name, "charter.operator", "An operator stands in two groups.")
            }
        }
    }
}
