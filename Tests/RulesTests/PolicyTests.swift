import CofferTestKit
import Ledger
import Rules
import Sealing
import Testing

/// A charter's terms as a C2SP policy file: both agree about every checkpoint.
@Suite("Witness policies")
struct PolicyTests {
    @Test("A policy file says what the charter says")
    func aFileSaysWhatTheCharterSays() throws {
        var scenario = Scenario()
        _ = scenario.programme()
        let file = try #require(scenario.terms.witnessPolicy(origin: Scenario.origin)).encoded
        let policy = try WitnessPolicy(parsing: file)
        let own = try #require(scenario.terms.checkpointPolicy(origin: Scenario.origin))
        let read = try #require(CheckpointPolicy(policy))
        #expect(read.ledger == own.ledger && read.quorum == own.quorum && read.witnesses == own.witnesses)
        #expect(
            policy.witnesses.map(\.name) == ["acme-1", "acme-2", "acme-3", "council-1", "north"].map { Bytes($0.utf8) })
        for count in 0...5 {
            let note = try scenario.checkpoint(
                at: scenario.now, cosigners: Array(scenario.cosignerNames.shuffled().prefix(count)))
            let isTrusted = (try? policy.verify(note)) != nil
            #expect(isTrusted == (count >= 3) && isTrusted == ((try? own.verify(note)) != nil))
        }
    }

    @Test(
        "Names that a policy file cannot have are replaced by keys",
        arguments: ["a b", "none", "cosigners", "tab\there", "del\u{7f}"])
    func namesThatNoFileCanHaveAreKeys(name: String) throws {
        let scenario = Scenario { $0.witnesses = [Scenario.witness(name)] }
        let policy = try #require(scenario.terms.witnessPolicy(origin: Scenario.origin))
        #expect(try WitnessPolicy(parsing: policy.encoded) == policy)
        #expect(policy.witnesses.last?.name == Bytes(Scenario.publicKey(name).hex.utf8))
        #expect(
            policy.witnesses.last?.url
                == (name.allSatisfy { $0 > " " && $0 != "\u{7f}" } ? Bytes("http://\(name).example".utf8) : nil))
    }
}
