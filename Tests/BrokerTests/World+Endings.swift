import CofferTestKit

extension World {
    /// What ends a page, and the rule by which brokers refuse it from then on.
    typealias Ending = (rule: String, end: (World) throws -> Void)

    static var endings: [Ending] {
        [
            ("page.erased", { try $0.log($0.scenario.erase("ann", under: $0.consent, [$0.pages[0]]), by: ["ann"]) }),
            ("revoked", { try $0.log($0.scenario.revoke("ann"), by: ["ann"]) }),
            ("dismissed", { try $0.log($0.scenario.dismiss(["ann"]), by: ["desk"]) }),
            ("purpose", { try $0.log($0.scenario.withdraw($0.purpose), by: Scenario.reviewers) }),
            ("halted", { try $0.log($0.scenario.halt(), by: ["security"]) }),
        ]
    }
}
