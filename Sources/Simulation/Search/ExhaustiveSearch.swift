import CofferTestKit
import Rules
import Sealing

/// Applies every sequence of statements up to a length to the real rules, and checks what must never happen in any
/// order.
package struct ExhaustiveSearch: Sendable {
    package struct SearchReport: Sendable {
        package var sequences = 0
        package var accepted = 0
        /// Positions that may be answered at some clock time.
        package var answerable = 0
        package var violations: [String] = []

        mutating func add(_ other: SearchReport) {
            sequences += other.sequences
            accepted += other.accepted
            answerable += other.answerable
            violations += other.violations
        }
    }

    let alphabet: Alphabet

    package init() throws { alphabet = try Alphabet() }

    /// One place in the tree of sequences.
    private struct Node {
        var state = LedgerState(origin: Cast.origin, charterHash: Cast.charter.hash)
        var model = Model()
        var digest: Hash256?
        var path: [String] = []
        var accepted: Set<Hash256> = []
        var stops: Set<String> = []
    }

    /// Sequences of up to this many statements after each of two beginnings.
    package func run(depth: Int) async -> SearchReport {
        await withTaskGroup(of: SearchReport.self) { group in
            for beginning in alphabet.beginnings.indices {
                for first in alphabet.letters.indices {
                    group.addTask {
                        var report = SearchReport()
                        var node = Node()
                        for (stamp, letter) in alphabet.beginnings[beginning] {
                            step(&node, letter, stamp: stamp, &report)
                        }
                        if beginning == 1 {
                            // The purpose's notice period passes.
                            step(&node, alphabet.letters[alphabet.letters.count - 2], &report)
                        }
                        explore(node, first..<(first + 1), depth, &report)
                        return report
                    }
                }
            }
            var all = SearchReport()
            for await report in group { all.add(report) }
            return all
        }
    }

    private func explore(_ node: Node, _ choices: Range<Int>, _ depth: Int, _ report: inout SearchReport) {
        guard depth > 0, report.violations.isEmpty else { return }
        for choice in choices {
            var next = node
            step(&next, alphabet.letters[choice], &report)
            report.sequences += 1
            explore(next, alphabet.letters.indices, depth - 1, &report)
        }
    }

    private func step(
        _ node: inout Node, _ letter: Alphabet.Letter, stamp: Milliseconds? = nil, _ report: inout SearchReport
    ) {
        let stamp = stamp ?? node.state.clock + letter.later
        let before = node.digest ?? node.state.digest
        let verdict = node.state.apply(Entry(stamp: stamp, note: letter.note))
        let expected = node.model.take(stamp: stamp, fact: letter.fact)
        node.path.append(letter.name)
        let path = node.path
        var violations: [String] = []
        func expect(_ condition: Bool, _ what: String) {
            if !condition { violations.append("\(path.joined(separator: ", ")): \(what)") }
        }

        expect(verdict.isAccepted == expected, "the rules say \(verdict.rule ?? "accepted"), the model does not")
        expect(node.state.history.bytes == node.model.history, "the history is not the model's")
        node.digest = node.state.digest
        if let fact = letter.fact, verdict.isAccepted {
            report.accepted += 1
            expect(node.accepted.insert(fact.hash).inserted, "accepted twice")
            if fact.statement.isStopping { node.stops.insert(letter.name) }
        } else {
            expect(node.digest == before, "a refused entry leaves a trace")
            if let fact = letter.fact, fact.statement.isStopping {
                expect(node.accepted.contains(fact.hash), "a stop is refused that was not accepted before")
            }
        }
        if verdict.isAccepted, letter.name.hasPrefix("release") || letter.name == "consent" {
            let ends = node.stops.intersection(["revoke", "dismiss", "withdraw"])
            expect(ends.isEmpty, "accepted after \(ends)")
        }
        report.answerable += judge(node, expect)
        report.violations += violations
    }

    /// Judges every page of every release at several clock times, and checks which pages may be answered.
    private func judge(_ node: Node, _ expect: (Bool, String) -> Void) -> Int {
        var answerable = 0
        for hash in alphabet.releases where node.accepted.contains(hash) {
            guard let release = node.state.release(hash) else {
                expect(false, "the state has not a release that it accepted")
                continue
            }
            for later in [0, 3_600_000, 4 * millisecondsPerDay] {
                let now = node.state.clock + later
                var judge = node.state.judge(of: release, now: now)
                for position in Alphabet.pages.indices {
                    let claim = PageClaim(kind: "keys", app: "code", day: Alphabet.day)
                    let answers = (try? judge.page(at: position, claim)) != nil
                    let forbidden = node.model.forbids(
                        release: hash, position: position, kind: "keys", app: "code", day: Alphabet.day, now: now,
                        stops: HeldStops())
                    expect(answers == (forbidden == nil), "judged \(answers), and the model: \(forbidden ?? "yes")")
                    guard answers else { continue }
                    answerable += 1
                    let ends = node.stops.intersection(["revoke", "dismiss", "withdraw"])
                    expect(ends.isEmpty, "answered after \(ends)")
                    expect(!node.stops.contains("erase") || position == 1, "an erased page is answered")
                    expect(!node.state.isHalted, "answered while halted")
                }
            }
        }
        return answerable
    }

    /// Checks that the stops give the same result in every order.
    package func orders() -> [String] {
        let stops = alphabet.letters.filter { $0.fact?.statement.isStopping ?? false }
        var seen: Set<[Bool]> = []
        for order in Self.permutations(stops) {
            var state = LedgerState(origin: Cast.origin, charterHash: Cast.charter.hash)
            for (stamp, letter) in alphabet.beginnings[1] + order.map({ (Scenario.noon, $0) }) {
                state.apply(Entry(stamp: stamp, note: letter.note))
            }
            let consent = alphabet.consent
            seen.insert([
                state.isLive(consent: consent), state.hasEnded(consent: consent, at: state.clock), state.isHalted,
                state.isLive(purpose: alphabet.purpose), state.erased(under: consent) == [Alphabet.pages[0]],
            ])
        }
        return seen == [[false, true, true, false, true]] ? [] : ["stops in another order come to something else"]
    }

    private static func permutations<Element>(_ items: [Element]) -> [[Element]] {
        guard items.count > 1 else { return [items] }
        return items.indices.flatMap { i in
            var rest = items
            let first = rest.remove(at: i)
            return permutations(rest).map { [first] + $0 }
        }
    }
}
