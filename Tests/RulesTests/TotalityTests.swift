import CofferTestKit
import Foundation
import Rules
import Sealing
import Testing

/// `apply` decides every entry, and a refused one leaves no trace. `COFFER_TEST_SEED` replays, `SLOW=1` digs.
@Suite("Rules for any input")
struct TotalityTests {
    static let rounds = ProcessInfo.processInfo.environment["SLOW"] == nil ? 600 : 100_000
    static let extremes: [UInt64] = [
        0, 1, 15, 16, 127, 128, 500, 1000, 3_600_000, 86_400_000, 7_776_000_000, UInt64(Day.max) - 3,
        UInt64(Day.max), UInt64(Day.max) + 1, CanonicalJSON.maximumInteger - 1, CanonicalJSON.maximumInteger,
    ]
    static let people = [
        "ledger", "desk", "privacy", "legal", "works", "security", "emergency", "acme-1", "acme-2", "acme-3",
        "council-1", "ann", "bob", "cy", "job", "union", "cosigner acme-1",
    ]

    /// Statements with members changed to extreme, other or swapped values, and signed well: they reach every rule.
    @Test("Signed nonsense is refused")
    func signedNonsense() throws {
        var random = SeededGenerator()
        var accepted = 0
        var rules: Set<String> = []
        var scenario = Scenario()
        for round in 0..<Self.rounds {
            if round % 250 == 0 {
                scenario = Scenario()
                _ = scenario.programme()
            }
            let (type, members) = try statement(&scenario, &random)
            let object = CanonicalJSON.object(members)
            let changed = Bool.random(using: &random) ? object : change(object, depth: 0, &random)
            let text = Array("coffer/v1/\(type)\n".utf8) + changed.encoded + [10]
            let signers = signers(of: type, &random)
            let before = scenario.state.digest
            if Int.random(in: 0..<50, using: &random) == 0 { scenario.now += Self.jump(&random) }
            let verdict = scenario.append(Scenario.signed(text, by: signers))
            #expect(verdict.isAccepted || scenario.state.digest == before, "\(random)")
            accepted += verdict.isAccepted ? 1 : 0
            if let rule = verdict.rule { rules.insert(rule) }
        }
        #expect(accepted > 40, "\(random)")
        #expect(rules.count > 12, "\(random): \(rules.sorted())")
        // Who replays the entries comes to the same.
        var state = LedgerState(origin: Scenario.origin, charterHash: scenario.charter.hash)
        #expect(scenario.entries.map { state.apply($0) } == scenario.verdicts, "\(random)")
        #expect(state.digest == scenario.state.digest, "\(random)")
    }

    /// Whole notes with bytes changed, cut or doubled; and stamps from one end of time to the other.
    @Test("Broken notes are refused")
    func brokenNotes() throws {
        var random = SeededGenerator()
        var scenario = Scenario()
        _ = scenario.programme()
        let notes = scenario.entries.map(\.note)
        let start = scenario.state
        for _ in 0..<Self.rounds {
            var state = start
            let digest = state.digest
            var note = notes.randomElement(using: &random) ?? []
            for _ in 0...Int.random(in: 0..<3, using: &random) where !note.isEmpty {
                let at = Int.random(in: 0..<note.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: note[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 1: note.removeSubrange(at...)
                case 2: note.insert(contentsOf: note[..<at], at: at)
                default: note[at] = UInt8.random(in: 0...255, using: &random)
                }
            }
            let stamp = [0, scenario.now, .max - 1, .max].randomElement(using: &random) ?? 0
            // Every one of them stands in the log already, or was changed after it was signed.
            #expect(!state.apply(Entry(stamp: stamp, note: note)).isAccepted, "\(random)")
            #expect(state.digest == digest, "\(random)")
            #expect(state.clock == max(stamp, start.clock) && state.size == start.size + 1)
        }
    }

    @Test("Stamps at the limits of their range are judged", arguments: [0, 1, Milliseconds.max - 1, Milliseconds.max])
    func stampsAtTheEndsOfTime(_ stamp: Milliseconds) {
        var scenario = Scenario()
        let programme = scenario.programme()
        scenario.now = stamp
        scenario.submit(scenario.halt(), by: ["security"])
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        scenario.submit(scenario.withdraw(programme.purpose), by: Scenario.reviewers)
        #expect(scenario.verdicts.compactMap(\.rule).isEmpty)
        for id in [PageID.week(.max), .week(.max - 1), .week(.max - 2), .week(.max - 3), .zero] {
            scenario.submit(scenario.erase("ann", under: programme.grant, [id]), by: ["ann"])
        }
        #expect(scenario.verdicts.compactMap(\.rule).isEmpty)
    }

    // MARK: Making nonsense

    private static func jump(_ random: inout SeededGenerator) -> Milliseconds {
        [1, 3_600_000, millisecondsPerDay, 30 * millisecondsPerDay].randomElement(using: &random) ?? 1
    }

    /// A statement about what is there, of any type.
    private func statement(_ s: inout Scenario, _ random: inout SeededGenerator) throws
        -> (String, [CanonicalJSON.Member])
    {
        let hashes = s.verdicts.compactMap(\.accepted).sorted()
        let hash = hashes.randomElement(using: &random) ?? s.charter.hash
        let purpose = s.state.purposes.keys.sorted().randomElement(using: &random) ?? hash
        let grant = s.state.grants.keys.sorted().randomElement(using: &random) ?? hash
        let consent = s.state.consents.keys.sorted().randomElement(using: &random) ?? hash
        let person =
            ["ann", "bob", "cy", "p\(Int.random(in: 0..<9, using: &random))"].randomElement(using: &random) ?? "cy"
        let pages = (0..<Int.random(in: 0..<4, using: &random)).map { _ in
            Bool.random(using: &random)
                ? Scenario.page(Int.random(in: 0..<9, using: &random))
                : PageID.week(Day(truncatingIfNeeded: Self.extremes.randomElement(using: &random) ?? 0))
        }
        let made: any StatementContent
        switch Int.random(in: 0..<14, using: &random) {
        case 0: made = s.amend(s.terms)
        case 1: made = s.enrol([person])
        case 2: made = s.dismiss([person])
        case 3: made = s.purpose()
        case 4: made = s.withdraw(purpose)
        case 5: made = s.consent(person, to: purpose)
        case 6: made = s.revoke(person)
        case 7: made = s.erase(person, under: consent, pages)
        case 8: made = s.grant(purpose)
        case 9, 10: made = try s.release(grant, [consent: pages + [Scenario.page(1)]])
        case 11: made = s.outcome(grant)
        case 12: made = s.destroyed("acme-1", size: s.state.size)
        default: made = Bool.random(using: &random) ? s.resume([hash]) : s.halt()
        }
        let object = try NoteText(parsing: made.text)
        return (object.type, try members(of: made.text))
    }

    private func members(of text: Bytes) throws -> [CanonicalJSON.Member] {
        let start = (text.firstIndex(of: 10) ?? 0) + 1
        guard case .object(let members) = try CanonicalJSON(parsing: text[start...].dropLast()) else { return [] }
        return members
    }

    /// The same value with something in it changed.
    private func change(_ value: CanonicalJSON, depth: Int, _ random: inout SeededGenerator) -> CanonicalJSON {
        switch value {
        case .object(var members) where !members.isEmpty:
            let at = Int.random(in: 0..<members.count, using: &random)
            switch Int.random(in: 0..<12, using: &random) {
            case 0: members.remove(at: at)
            case 1: members.swapAt(at, 0)
            default: members[at] = .init(members[at].name, change(members[at].value, depth: depth + 1, &random))
            }
            return .object(members)
        case .array(var values) where !values.isEmpty:
            let at = Int.random(in: 0..<values.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: values.remove(at: at)
            case 1: values.append(values[at])
            case 2: values.swapAt(at, 0)
            default: values[at] = change(values[at], depth: depth + 1, &random)
            }
            return .array(values)
        case .integer: return .integer(Self.extremes.randomElement(using: &random) ?? 0)
        case .boolean(let flag): return .boolean(!flag)
        case .string(let string):
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return .string("")
            case 1: return .string(Hash256(of: random.bytes(8)).hex)
            case 2: return .bytes(random.bytes(Int.random(in: 0..<40, using: &random)))
            default: return .string(string + "x")
            }
        default: return .integer(0)
        }
    }

    /// Mostly those who may sign it, at times anybody.
    private func signers(of type: String, _ random: inout SeededGenerator) -> [String] {
        let anybody = Self.people.randomElement(using: &random) ?? "ann"
        if Int.random(in: 0..<8, using: &random) == 0 { return [anybody] }
        switch type {
        case Amend.type: return AmendTests.quorum
        case Enrol.type, Dismiss.type: return ["desk"]
        case Purpose.type, Withdraw.type, Resume.type: return Scenario.reviewers
        case Grant.type: return ["job"] + Scenario.reviewers
        case Release.type, Outcome.type: return ["job"]
        case Destroyed.type: return ["acme-1"]
        case Halt.type: return ["emergency"]
        default: return [["ann", "bob", "cy"].randomElement(using: &random) ?? "ann"]
        }
    }
}
