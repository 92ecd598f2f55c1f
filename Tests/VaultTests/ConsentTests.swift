import Client
import Replica
import Vault
import CofferTestKit
import Ledger
import Rules
import Sealing
import Testing

@testable import Keyholder

/// Giving consents: what is refused first.
@Suite("Consents")
struct ConsentTests {
    private let world: World
    private let ann: Person

    init() throws { (world, ann) = try Person.withPurpose() }

    private func refused(_ choice: ConsentChoice, _ error: CofferError) async throws {
        await #expect(throws: error) { try await ann.consent(choice) }
        #expect(try ann.open.consents().isEmpty)
        #expect(try ann.directory.cards().isEmpty)
    }

    @Test("Consent to an unknown purpose is refused")
    func anUnknownPurpose() async throws {
        try await refused(ConsentChoice(purpose: "nothing"), CofferError(.notFound, ""))
    }

    @Test("Consent to a kind or app that the purpose does not take is refused")
    func aKindOrAppThatThePurposeDoesNotTake() async throws {
        let error = CofferError(.refused, "", rule: "consent.scope")
        try await refused(ConsentChoice(purpose: "autocomplete", kinds: [.prompt]), error)
        try await refused(ConsentChoice(purpose: "autocomplete", apps: [try AppName("mail")]), error)
    }

    @Test("Days that end before they begin are refused")
    func daysThatEndBeforeTheyBegin() async throws {
        try await refused(ConsentChoice(purpose: "autocomplete", from: 100, until: 99), CofferError(.usage, ""))
    }

    @Test("Consent to a withdrawn purpose is refused")
    func aWithdrawnPurpose() async throws {
        world.change { scenario in
            let purpose = scenario.state.purposes.keys.first
            if let purpose { scenario.submit(scenario.withdraw(purpose), by: Scenario.reviewers) }
        }
        try await refused(
            ConsentChoice(purpose: "autocomplete"), CofferError(.refused, "", rule: "consent.purpose"))
    }

    @Test("A second consent to a purpose is refused")
    func theSamePurposeTwice() async throws {
        try await ann.consent()
        await #expect(throws: CofferError(.refused, "", rule: "consent.exists")) { try await ann.consent() }
    }

    @Test("Consent without an enrolled pseudonym is refused")
    func nobodyEnrolled() async throws {
        let bob = try Person(world, name: "bob")
        let seed = try bob.seed()
        let keys = (0..<8).map { seed.pseudonym($0).publicKey }
        world.change { scenario in
            scenario.submit(Dismiss(heading: scenario.stoppingHeading(), pseudonyms: keys.sorted()), by: ["desk"])
        }
        await #expect(throws: CofferError(.tryLater, "", rule: "consent.pseudonym")) { try await bob.consent() }
    }

    @Test("A pseudonym consents only once")
    func aPseudonymConsentsOnceEver() async throws {
        try await ann.consent()
        let first = ann.keys[0].pseudonym.publicKey
        let revoke = try #require(try ann.directory.cards().first?.revokes.first)
        _ = try await ann.programme.ledger(nil).append(try SignedNote(parsing: revoke.note))
        try await ann.consent()
        #expect(ann.keys[1].pseudonym.publicKey != first)
    }

    @Test("A consent that was not logged is finished, not repeated")
    func aConsentThatWasNotLoggedIsFinishedNotRepeated() async throws {
        let state = try await ann.programme.follow().state
        let choice = ConsentChoice(purpose: "autocomplete", window: 0)
        let first = try ann.open.prepareConsent(choice, seed: try ann.seed(), programme: ann.programme, state: state)
        let second = try ann.open.prepareConsent(choice, seed: try ann.seed(), programme: ann.programme, state: state)
        #expect(first.record.note == second.record.note)
        // The keyholder logs it when the command did not come to it.
        try await ann.sync()
        #expect(world.state.isLive(consent: first.record.consent))
    }

    @Test("Without days a consent covers what the vault holds")
    func withoutDaysItCoversWhatTheVaultHolds() async throws {
        try ann.record(3)
        try await ann.consent()
        let scope = try #require(try ann.open.consents().first?.scope)
        #expect(scope.from == Day(of: ann.twoDaysAgo))
        #expect(scope.until >= Day(of: world.clock.now))
    }
}
