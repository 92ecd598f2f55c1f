import CofferTestKit
import Rules
import Sealing
import Testing

@testable import Job

/// The ledger's state as a job reads it, and requests made from it.
@Suite("What a job sees of the state")
struct StateViewTests {
    private func view(_ scenario: Scenario, after milliseconds: Milliseconds = 0) -> StateView {
        StateView(scenario.state, now: scenario.now + milliseconds)
    }

    @Test("The view has a live grant and its consents")
    func aLiveGrantAndItsConsents() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let view = view(scenario)
        let grant = try view.liveGrant(programme.grant)
        #expect(grant.job == Scenario.publicKey("job") && grant.purpose == programme.purpose && grant.entry == 5)
        let consents = try view.liveConsents(to: programme.purpose)
        #expect(consents.map(\.hash) == programme.consents.values.sorted())
        #expect(consents[0].groups.map(\.threshold) == [2, 1])
        #expect(consents[0].groups[0].brokers.map(\.name) == ["acme-1", "acme-2", "acme-3"])
        #expect(view.lastEnding(to: programme.purpose) == nil)
        #expect(try view.liveConsents(to: Hash256(of: [1])).isEmpty)
    }

    @Test("Notice, expiry and end are observed")
    func noticeExpiryAndEnd() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let early = StateView(scenario.state, now: 0)
        #expect(throws: CofferError(.tryLater, "", rule: "release.notice")) { try early.liveGrant(programme.grant) }
        let late = view(scenario, after: 20 * millisecondsPerDay)
        #expect(throws: CofferError(.refused, "", rule: "release.grant")) { try late.liveGrant(programme.grant) }
        let later = view(scenario, after: 60 * millisecondsPerDay)
        #expect(throws: CofferError(.refused, "", rule: "release.purpose")) { try later.liveGrant(programme.grant) }
        #expect(try later.liveConsents(to: programme.purpose).isEmpty)
        let expired = view(scenario, after: 31 * millisecondsPerDay)
        #expect(expired.lastEnding(to: programme.purpose)?.rule == "consent.expired")
        #expect(throws: CofferError(.notFound, "")) { try late.liveGrant(Hash256(of: [1])) }
    }

    @Test("Every ending names its entry")
    func everyEndingNamesItsEntry() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let ann = try #require(programme.consents["ann"])
        let bob = try #require(programme.consents["bob"])
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        #expect(view(scenario).ending(of: ann)?.rule == "revoked" && view(scenario).ending(of: ann)?.entry == 6)
        #expect(view(scenario).ending(of: bob) == nil)
        scenario.submit(scenario.dismiss(["bob"]), by: ["desk"])
        #expect(view(scenario).ending(of: bob)?.rule == "dismissed")
        #expect(view(scenario).lastEnding(to: programme.purpose)?.entry == 7)
        #expect(try view(scenario).liveConsents(to: programme.purpose).isEmpty)

        let halt = scenario.halt()
        scenario.submit(halt, by: ["security"])
        #expect(throws: CofferError(.refused, "", rule: "halted")) { try view(scenario).liveGrant(programme.grant) }
        scenario.submit(scenario.resume([halt.hash]), by: Scenario.reviewers)
        _ = try view(scenario).liveGrant(programme.grant)
        scenario.submit(scenario.withdraw(programme.purpose), by: Scenario.reviewers)
        #expect(throws: CofferError(.refused, "", rule: "release.purpose")) {
            try view(scenario).liveGrant(programme.grant)
        }
    }

    @Test("The view knows erased pages and the budget")
    func erasedPagesAndTheBudget() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let ann = try #require(programme.consents["ann"])
        scenario.submit(scenario.erase("ann", under: ann, [Scenario.page(1)]), by: ["ann"])
        #expect(view(scenario).isErased(Scenario.page(1), consent: ann))
        #expect(!view(scenario).isErased(Scenario.page(2), consent: ann))
        #expect(view(scenario).idsLeft(under: programme.grant) == 500)
        let release = try scenario.release(programme.grant, [ann: [Scenario.page(2), Scenario.page(3)]])
        #expect(scenario.submit(release, by: ["job"]).isAccepted)
        #expect(view(scenario).idsLeft(under: programme.grant) == 498)
        #expect(view(scenario).idsLeft(underPurpose: programme.purpose) == 998)
        #expect(view(scenario, after: millisecondsPerDay).idsLeft(under: programme.grant) == 500)
    }

    @Test("A grant is found by number, hash and file")
    func grantsByNumberHashAndFile() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        func resolve(_ text: String) throws -> Hash256 {
            try GrantReference.resolve(text, note: nil, in: scenario.state)
        }
        for text in ["5", programme.grant.hex, "sha256:" + programme.grant.hex, String(programme.grant.hex.prefix(6))] {
            #expect(try resolve(text) == programme.grant)
        }
        for text in ["4", "", "abc", "ffffffffffff", "-1"] {
            #expect(throws: CofferError(.notFound, "")) { try resolve(text) }
        }
    }

    @Test("Requests are limited to what the purpose allows")
    func requestsAreWhatThePurposeAllows() throws {
        var scenario = Scenario()
        let programme = scenario.programme()
        let today = Day(of: scenario.now)
        func grant(
            _ name: String = "autocomplete", kinds: [Kind]? = nil, apps: [String]? = nil, pages: UInt64? = nil,
            expires: Milliseconds? = nil
        ) throws -> Grant {
            try GrantDraft(
                purposeName: name, kinds: kinds, apps: apps.map(Scenario.names), days: (today - 3)...today,
                pages: pages, expires: expires
            ).grant(for: Scenario.publicKey("job"), in: view(scenario))
        }
        let whole = try grant()
        #expect(whole.purpose == programme.purpose && whole.kinds == Scenario.kinds.sorted() && whole.pages == 1000)
        #expect(scenario.submit(whole, by: ["job"] + Scenario.reviewers).isAccepted)
        let forecast = try GrantForecast(whole, in: view(scenario))
        #expect(forecast.consents == 2 && forecast.weeks == 2 && forecast.indexIDs == 4 && forecast.budget == 1000)
        #expect(forecast.knownPages == 0 && forecast.ids == 4 && forecast.days == 1)
        // Of three known pages one is erased; a person who revokes does not count.
        let ann = try #require(programme.consents["ann"])
        let bob = try #require(programme.consents["bob"])
        let pages = [1, 2, 3].map(Scenario.page)
        let release = try scenario.release(
            programme.grant, [ann: pages + [.week(today.monday)], bob: [Scenario.page(4)]])
        #expect(scenario.submit(release, by: ["job"]).isAccepted)
        scenario.submit(scenario.erase("ann", under: ann, [Scenario.page(2)]), by: ["ann"])
        let second = try GrantForecast(try grant(pages: 3), in: view(scenario))
        #expect(second.knownPages == 3 && second.knownPeople == 2 && second.ids == 7 && second.days == 3)
        var revoked = scenario
        revoked.submit(revoked.revoke("bob"), by: ["bob"])
        let third = try GrantForecast(whole, in: view(revoked))
        #expect(third.knownPages == 2 && third.knownPeople == 1 && third.indexIDs == 2)
        #expect(throws: CofferError(.refused, "", rule: "grant.kind")) { try grant(kinds: [.terminal]) }
        #expect(throws: CofferError(.refused, "", rule: "grant.app")) { try grant(apps: ["mail"]) }
        #expect(throws: CofferError(.refused, "", rule: "grant.budget")) { try grant(pages: 1001) }
        #expect(throws: CofferError(.refused, "", rule: "grant.expires")) { try grant(expires: 1) }
        #expect(throws: CofferError(.notFound, "")) { try grant("another") }
        scenario.submit(scenario.withdraw(programme.purpose), by: Scenario.reviewers)
        #expect(throws: CofferError(.refused, "", rule: "release.purpose")) { try grant() }
    }
}
