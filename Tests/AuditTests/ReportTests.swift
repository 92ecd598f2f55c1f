import CofferTestKit
import Foundation
import Ledger
import Replica
import Rules
import Sealing
import Testing

@testable import Audit

/// `audit report`: what stands on the page, and that nobody's words become markup.
@Suite("Report")
struct ReportTests {
    private func report(_ log: SignedLog, checkpoints: [SignedNote] = []) async throws -> Report {
        var collector = ReportCollector(
            sizes: Set(checkpoints.compactMap { (try? Checkpoint(parsing: $0.text))?.size.rawValue }))
        let replayed = try await log.auditor.replay { entry throws(CofferError) in collector.visit(entry) }
        return try Report(replayed, collector, checkpoints: checkpoints)
    }

    /// A programme in which everything happens once.
    private func scenario(purpose name: String? = nil) throws -> Scenario {
        var scenario = Scenario()
        let programme = scenario.programme()
        if let name {
            let purpose = Purpose(
                heading: scenario.heading(), name: name, text: name, basis: name, owner: name, kinds: Scenario.kinds,
                apps: Scenario.names(Scenario.apps), outputs: name, notice: 3_600_000, pages: 10,
                ends: scenario.now + millisecondsPerDay)
            scenario.submit(purpose, by: Scenario.reviewers)
        }
        #expect(try scenario.read(programme, ["ann", "bob"], pages: [1, 2]).isAccepted)
        scenario.now += millisecondsPerDay
        #expect(try scenario.read(programme, ["bob"], pages: [3]).isAccepted)
        scenario.submit(scenario.revoke("ann"), by: ["ann"])
        #expect(try scenario.read(programme, ["ann"], pages: [1]).rule == "revoked")
        scenario.submit(scenario.outcome(programme.grant), by: ["job"])
        return scenario
    }

    private func text(_ report: Report) throws -> String {
        try #require(String(validating: ReportPage(report).bytes, as: UTF8.self))
    }

    @Test("The numbers are those of the log")
    func theNumbersAreTheLogs() async throws {
        let scenario = try scenario()
        let report = try await report(SignedLog(scenario))
        #expect(report.days.count == 2)
        #expect(report.releases.map { $0[0].releases } == [1, 1])
        #expect(report.releases.map { $0[0].pages } == [4, 1])
        #expect(report.affected == 2 && report.liveConsents == 1)
        #expect(report.refusals.map(\.rule) == ["revoked"] && report.refusals[0].count == 1)
        #expect(report.people.map(\.consents) == [2, 0] && report.people.map(\.revocations) == [0, 1])
        #expect(report.jobs.count == 1 && report.jobs[0].total == Report.Count(releases: 2, pages: 5))
        #expect(report.destruction.revoked == 1 && report.destruction.waiting == 1)
        #expect(report.overdue.isEmpty)
    }

    @Test("The purpose with the most releases has a colour of its own, after however many small ones it is published")
    func theLargestPurposeIsNeverAmongOthers() async throws {
        var scenario = Scenario()
        scenario.submit(scenario.enrol(["ann", "bob"]), by: ["desk"])
        for number in 1...9 { scenario.submit(scenario.purpose("small \(number)"), by: Scenario.reviewers) }
        let programme = scenario.programme(["carl", "dora"])
        for page in 1...3 { #expect(try scenario.read(programme, ["carl"], pages: [page]).isAccepted) }
        let report = try await report(SignedLog(scenario))
        let plots = ReportPlots(report: report)
        #expect(plots.colors.count == 8 && plots.colors[0] == [9] && plots.colors.joined().sorted() == Array(0..<10))
        #expect(plots.colors.dropLast().allSatisfy { $0.count == 1 } && plots.colors[7] == [6, 7, 8])
        let page = try text(report)
        #expect(page.contains("<rect class=\"c0\" width=\"10\" height=\"10\"/></svg><bdi>autocomplete</bdi>"))
        #expect(!page.contains("3 others"))
    }

    @Test("Eight purposes have a colour each; nothing is called others")
    func eightPurposes() async throws {
        var scenario = Scenario()
        for number in 1...7 { scenario.submit(scenario.purpose("small \(number)"), by: Scenario.reviewers) }
        let programme = scenario.programme()
        #expect(try scenario.read(programme, ["ann"], pages: [1]).isAccepted)
        let plots = ReportPlots(report: try await report(SignedLog(scenario)))
        #expect(plots.colors == [[7], [0], [1], [2], [3], [4], [5], [6]])
    }

    @Test("A page is made, and is not long, where a cosignature and a stamp are at the end of time")
    func timesAtTheEndOfTimeMakeAPage() async throws {
        var scenario = try scenario()
        scenario.now = .max
        scenario.submit(scenario.revoke("bob"), by: ["bob"])
        let log = try SignedLog(scenario)
        let checkpoint = try Checkpoint(parsing: log.checkpoint.text)
        let checkpoints = try [1, Cosignature.maximumTime].map { time in
            try Scenario.checkpoint(size: checkpoint.size.rawValue, root: checkpoint.root, seconds: time)
        }
        let report = try await report(log.with(checkpoints[1]), checkpoints: checkpoints)
        #expect(report.days.count < 5_000 && report.people.count == report.days.count)
        #expect(try text(report).contains("Cosignatures over time"))
    }

    @Test(
        "Every day has its step",
        arguments: [(0, 0), (0, 369), (0, 2_589), (0, 40_000), (7, 3), (0, Day.max), (Day.max, Day.max)] as [(Day, Day)]
    )
    func everyDayHasAStep(first: Day, last: Day) {
        let steps = DaySteps(from: first, to: last)
        #expect(steps.count >= 1 && steps.count < 5_000 && steps.first <= first)
        for day in [first, max(first, last)] {
            let step = steps.step(of: day.start)
            #expect(steps.day(step) <= day && day - steps.day(step) < steps.length)
        }
    }

    @Test("Destruction counts the brokers of one group")
    func destructionCountsBrokersOfOneGroup() async throws {
        var scenario = try scenario()
        let size = UInt64(scenario.entries.count)
        // One of three, where two are needed; and a tree that does not hold the revocation.
        scenario.now += 30_000
        scenario.submit(scenario.destroyed("acme-1", size: size), by: ["acme-1"])
        scenario.submit(scenario.destroyed("council-1", size: 3), by: ["council-1"])
        #expect(try await report(SignedLog(scenario)).destruction.waiting == 1)
        scenario.now += 3_600_000
        scenario.submit(scenario.destroyed("acme-3", size: size + 1), by: ["acme-3"])
        scenario.now += 3_600_000
        scenario.submit(scenario.destroyed("council-1", size: size), by: ["council-1"])
        let times = try await report(SignedLog(scenario)).destruction
        #expect(times.waiting == 0 && times.median == 3_630_000 && times.longest == 3_630_000)
        #expect(times.buckets.first { $0.name == "1–6 h" }?.count == 1)
    }

    @Test("Overdue outcomes are listed")
    func overdueOutcomes() async throws {
        var scenario = try scenario()
        // The model was kept for a day.
        scenario.now += 2 * millisecondsPerDay
        scenario.submit(scenario.halt(), by: ["security"])
        var report = try await report(SignedLog(scenario))
        #expect(report.overdue.count == 1)
        if case .kept = report.overdue.first?.reason {} else { Issue.record("not the model that was kept") }
        let grant = try #require(scenario.state.grants.keys.first)
        scenario.submit(scenario.outcome(grant, disposed: true), by: ["job"])
        report = try await self.report(SignedLog(scenario))
        #expect(report.overdue.isEmpty)

        var silent = Scenario()
        let programme = silent.programme(["ann"])
        _ = try silent.read(programme, ["ann"], pages: [1])
        #expect(try await self.report(SignedLog(silent)).overdue.isEmpty)
        silent.now += 21 * millisecondsPerDay
        silent.submit(silent.halt(), by: ["security"])
        report = try await self.report(SignedLog(silent))
        if case .missing = report.overdue.first?.reason {} else { Issue.record("not the outcome that is missing") }
    }

    @Test("Releases in no manifest are listed by grant, and another grant's manifest names none of them")
    func releasesInNoManifest() async throws {
        var scenario = Scenario()
        let programme = scenario.programme(["ann"])
        let other = scenario.grant(programme.purpose)
        scenario.submit(other, by: ["job"] + Scenario.reviewers)
        scenario.now += 3_600_000
        var entries: [UInt64] = []
        for number in 1...3 {
            _ = try scenario.read(programme, ["ann"], pages: [number])
            entries.append(scenario.state.size - 1)
        }
        func line(_ scenario: Scenario) async throws -> [UInt64] {
            let lines = try await report(SignedLog(scenario)).unclaimed
            #expect(lines.allSatisfy { $0.grant.mark.index == scenario.state.grants[programme.grant]?.mark.index })
            return lines.flatMap(\.releases)
        }
        func claim(_ grant: Hash256, _ releases: [UInt64]) {
            let outcome = Outcome(
                heading: scenario.heading(), grant: grant, model: Hash256(of: [1]), keptUntil: scenario.now + 1,
                disposed: false,
                manifest: .init(hash: Hash256(of: [2]), releases: releases.map(SaturatingUInt64.init(rawValue:))))
            #expect(scenario.submit(outcome, by: ["job"]).isAccepted)
        }
        #expect(try await line(scenario) == entries)
        claim(other.hash, entries)
        #expect(try await line(scenario) == entries)
        claim(programme.grant, [0, entries[1]])
        #expect(try await line(scenario) == [entries[0], entries[2]])
        let page = String(decoding: ReportPage(try await report(SignedLog(scenario))).bytes, as: UTF8.self)
        #expect(page.contains("Releases in no manifest"))
        claim(programme.grant, [entries[0], entries[2]])
        #expect(try await line(scenario).isEmpty)
    }

    @Test("Checkpoints that were seen are checked and counted")
    func headsSeenAreCheckedAndCounted() async throws {
        let scenario = try scenario()
        let log = try SignedLog(scenario)
        let old = try SignedLog(scenario, cosigners: ["north", "cosigner acme-1", "cosigner acme-2"], size: 4)
            .checkpoint
        let lines = try await report(log, checkpoints: [old, log.checkpoint]).witnesses
        #expect(lines.checkpoints == 2)
        #expect(lines.lines.map(\.signed) == [2, 2, 1, 1, 2])
        let forked = try Scenario.checkpoint(size: 4, root: Hash256(of: [1]), seconds: 10)
        await #expect(throws: CofferError(.tampering, "", rule: "heads.root")) {
            try await report(log, checkpoints: [forked])
        }
        let unsigned = try Scenario.checkpoint(size: 4, root: Hash256(of: [1]), signer: "desk", seconds: 10)
        await #expect(throws: CofferError(.tampering, "", rule: "heads.signature")) {
            try await report(log, checkpoints: [unsigned])
        }
    }

    @Test("The first line holds the hash of the rest")
    func firstLineHoldsTheHashOfTheRest() async throws {
        let log = try SignedLog(scenario())
        let bytes = ReportPage(try await report(log)).bytes
        let end = try #require(bytes.firstIndex(of: 10))
        let first = try #require(String(validating: bytes[..<end], as: UTF8.self))
        #expect(first.hasPrefix("<!-- sha256 \(Hash256(of: bytes[(end + 1)...]).hex) size \(log.entries.count) root "))
        #expect(first.contains("fewer than t corrupt brokers") && first.hasSuffix("-->"))
        // The same log, replayed once more, gives the same bytes.
        #expect(ReportPage(try await report(log)).bytes == bytes)
        #expect(ReportPage(try await report(try SignedLog(scenario()))).bytes == bytes)
    }

    @Test(
        "Names stay text and never become markup",
        arguments: [
            "<script>alert(1)</script>", "\" onload=\"x", "'><img src=x>", "--><b>", "</title></style>", "a&b<c",
            "abc\u{202E}def\u{2066}", "\u{0085}\u{200B}", "<!--", "]]>", String(repeating: "<x>", count: 80),
        ])
    func namesStayText(_ name: String) async throws {
        let plain = try text(await report(SignedLog(scenario(purpose: "plain"))))
        let hostile = try text(await report(SignedLog(scenario(purpose: name))))
        #expect(Self.tags(hostile) == Self.tags(plain))
        #expect(!hostile.unicodeScalars.contains { ("\u{202A}"..."\u{202E}").contains($0) || $0 == "\u{200B}" })
        #expect(hostile.contains(HTML.escape(name)))
    }

    @Test("Every tag is closed and every plot has a table")
    func everyTagIsClosedAndEveryPlotHasATable() async throws {
        var scenario = try scenario()
        scenario.now += 30_000
        for broker in ["acme-1", "acme-2"] {
            scenario.submit(scenario.destroyed(broker, size: UInt64(scenario.entries.count)), by: [broker])
        }
        for page in [try text(await report(SignedLog(scenario))), try text(await report(SignedLog(Scenario())))] {
            var open: [String] = []
            for tag in Self.tags(page) where !tag.hasPrefix("!") {
                if tag.hasPrefix("/") {
                    let last = open.popLast()
                    #expect(last == String(tag.dropFirst()))
                } else if !tag.hasSuffix("/"), tag != "meta" {
                    open.append(tag)
                }
            }
            #expect(open.isEmpty)
            #expect(!page.contains("http://") && !page.contains("https://") && !page.contains(" style=\""))
            let figures = page.components(separatedBy: "<figure>").count - 1
            let tables = page.components(separatedBy: "<caption>").count - 1
            #expect(figures <= tables && page.components(separatedBy: "<figcaption>").count - 1 == figures)
            #expect(page.components(separatedBy: "role=\"img\"").count - 1 == figures)
        }
    }

    /// The page's outline changes on purpose only: then this hash does too.
    @Test("The outline of the page changes on purpose only")
    func structure() async throws {
        let page = try text(await report(SignedLog(scenario())))
        #expect(Hash256(of: Self.tags(page).joined(separator: " ").utf8).prefix8 == "a8181a35")
        for (name, value) in try await pages() { try keep(name, value) }
    }

    /// `COFFER_KEEP_REPORTS=FOLDER` keeps pages to look at.
    private func keep(_ name: String, _ page: Bytes) throws {
        guard let directory = ProcessInfo.processInfo.environment["COFFER_KEEP_REPORTS"] else { return }
        try Data(page).write(to: URL(fileURLWithPath: "\(directory)/\(name).html"))
    }

    private func pages() async throws -> [(String, Bytes)] {
        guard ProcessInfo.processInfo.environment["COFFER_KEEP_REPORTS"] != nil else { return [] }
        var pages = [
            ("one", ReportPage(try await report(SignedLog(Scenario()))).bytes),
            ("small", ReportPage(try await report(SignedLog(scenario(purpose: "<script>alert(1)</script>")))).bytes),
        ]
        let directory = NSTemporaryDirectory() + "coffer-report-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let log = LargeLog(count: 6_000)
        try await log.write(to: directory)
        let pin = Pin(origin: LargeLog.origin, charterHash: LargeLog.charter.hash, ledgerURL: "")
        var entries: [Bytes] = []
        try await log.entries { entries += $0 }
        var checkpoints: [SignedNote] = []
        var generator = SeededGenerator(seed: 7)
        var frontier = MerkleFrontier()
        for (index, bytes) in entries.enumerated() {
            frontier.append(leafHash: Merkle.leafHash(bytes))
            guard index % 17 == 16, let entry = try? Entry(parsing: bytes) else { continue }
            let names = Scenario.usualCosigners.filter { name in
                switch name {
                case "north": index < 2_000 || index > 2_600
                case "cosigner acme-2": Int.random(in: 0..<10, using: &generator) > 1
                default: true
                }
            }
            checkpoints.append(
                try Scenario.checkpoint(
                    size: frontier.size, root: frontier.root, cosigners: names, seconds: Seconds(entry.stamp) + 1))
        }
        var collector = ReportCollector(
            sizes: Set(checkpoints.compactMap { (try? Checkpoint(parsing: $0.text))?.size.rawValue }))
        let replayed = try await Auditor(pin: pin, source: DirectorySource(TileDirectory(path: directory))).replay {
            entry throws(CofferError) in collector.visit(entry)
        }
        pages.append(("large", ReportPage(try Report(replayed, collector, checkpoints: checkpoints)).bytes))
        return pages
    }

    /// The names of the tags, in order; those that close themselves end in a slash.
    private static func tags(_ page: String) -> [String] {
        page.split(separator: "<", omittingEmptySubsequences: false).dropFirst().map { part in
            let name = part.prefix { !" >\n".contains($0) }
            let closesItself = part.prefix { $0 != ">" }.hasSuffix("/") && !name.hasSuffix("/")
            return String(name) + (closesItself ? "/" : "")
        }
    }
}
