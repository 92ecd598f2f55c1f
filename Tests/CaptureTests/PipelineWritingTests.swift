import Capture
import CofferTestKit
import Records
import Sealing
import Testing
import Vault

@Suite("What the pipeline writes, and when")
struct PipelineWritingTests {
    @Test("Input waits in locked memory until it is sealed, and a crash loses less than a second, also on a slow disk")
    func flushing() throws {
        let bench = try Bench()
        bench.focus("editor")
        try bench.pass(1000)
        bench.type("a")
        try bench.pass(400)
        // Written and sealed in one turn: nothing is left in memory that is not locked.
        #expect(bench.segments.recordCount == 3 && !bench.segments.hasPending)
        bench.type("b")
        try bench.pass(10)
        #expect(bench.pipeline.deadline != nil && !bench.segments.hasPending)
        for cost: UInt64 in [0, 1, 19, 20, 30, 45, 60, 100, 250, 400, 450] {
            let interval = Pipeline.flushInterval(afterWriteOf: Milliseconds(rawValue: cost))
            // The hold, the wait, the write, and a turn of the loop.
            #expect(Pipeline.hold + interval + Milliseconds(rawValue: cost) + 50 <= 1_000, "\(cost)")
            #expect(interval >= 50)
        }
        // A disk that needs long is not asked more often than it must.
        #expect(Pipeline.flushInterval(afterWriteOf: 30) == 300)
    }

    @Test("A new segment has the title again: on a new day, after a pause, and after all was sealed")
    func titles() throws {
        // One minute before midnight.
        let bench = try Bench(at: 20_778 * millisecondsPerDay - 60_000)
        bench.focus("editor", title: "notes")
        bench.type("a")
        try bench.pass(1000)
        try bench.pass(70_000)
        bench.type("b")
        try bench.pass(1000)
        try bench.pipeline.closeSegments(uptime: .max)
        bench.type("c")
        try bench.pass(1000)
        bench.pipeline.isPaused = true
        bench.focus("editor", title: "other")
        bench.pipeline.isPaused = false
        bench.type("d")
        try bench.pass(1000)
        #expect(try bench.typed() == "a|b|cd")
        let segments = try bench.home.segments(.window)
        #expect(
            segments.map(\.contents)
                == [["notes"], ["notes"], ["notes", "other"]].map { titles in
                    titles.map { .window(WindowContent(title: $0)) }
                })
        #expect(Set(segments.map { Day(of: $0.label.from) }).count == 2)
        let keys = try bench.home.segments(.keys)
        #expect(zip(segments, keys).allSatisfy { $0.label.from <= $1.label.from })
    }

    @Test("Half a second after it was typed it is in a journal, sealed, and the journal can be adopted")
    func journal() throws {
        let bench = try Bench()
        bench.focus("editor")
        bench.type("canary")
        try bench.pass(400)
        try bench.pass(500)
        let journals = try bench.home.journals().filter { $0.kind == .keys }
        #expect(journals.map(\.records.count) == [12])
        #expect(try !bench.home.holds("canary"))
        #expect(try bench.home.names("segments").isEmpty)
    }

    @Test("Segments end at midnight, after an hour, and when their app is idle")
    func rolling() throws {
        // One minute before midnight, UTC.
        let bench = try Bench(at: Day(20_781).start - 60_000)
        bench.focus("editor")
        bench.type("a")
        try bench.pass(90_000)
        bench.type("b")
        for _ in 0..<60 {
            try bench.pass(70_000)
            bench.type("c")
        }
        try bench.pass(1000)
        try bench.pass(OpenSegments.idleLimit)
        #expect(bench.segments.openCount == 0)
        let spans = try bench.home.segments(.keys).map { ($0.label.from, $0.label.until) }
        #expect(spans.count == 3)
        #expect(spans.allSatisfy { Day(of: $0.0) == Day(of: $0.1) && $0.1 - $0.0 < 3_600_000 })
        #expect(try bench.home.names("journals").isEmpty)
    }

    @Test("A clock set back begins new segments; a small step is smoothed")
    func clockJumps() throws {
        let bench = try Bench()
        bench.focus("editor")
        bench.type("a")
        try bench.pass(500)
        bench.clock.set(bench.clock.now - 2000)
        bench.type("b")
        try bench.pass(500)
        bench.clock.set(bench.clock.now - 86_400_000)
        bench.type("c")
        try bench.pass(500)
        #expect(try bench.typed() == "c|ab")
    }

    @Test("A journal that rm took away is forgotten")
    func removed() throws {
        let bench = try Bench()
        bench.focus("editor")
        bench.type("gone")
        try bench.pass(1000)
        for name in try bench.home.names("journals") {
            try #require(unlinked("\(bench.home.directory.path)/journals/\(name)"))
        }
        try bench.pass(600)
        bench.type("new")
        try bench.pass(1000)
        #expect(try bench.typed() == "new")
    }

    @Test("Nothing that waits is forgotten, and nothing is due while nothing waits")
    func deadlines() throws {
        let bench = try Bench()
        #expect(bench.pipeline.deadline == nil)
        bench.focus("editor")
        try bench.pass(1000)
        bench.type("a")
        let typed = try #require(bench.pipeline.deadline)
        try bench.pass(100)
        bench.show(try ScreenFrame(width: 64, height: 64) { $0[0] = 9 })
        #expect(bench.pipeline.deadline == typed)
        // Each time when something is due, less waits afterwards; at last nothing does.
        var due: [Milliseconds] = []
        while let next = bench.pipeline.deadline {
            #expect(due.last.map { $0 < next } ?? true)
            due.append(next)
            try bench.pass(next > bench.uptime ? next - bench.uptime : 1)
            guard due.count < 10 else { break }
        }
        #expect(due.first == typed && due.count < 5)
        #expect(try bench.typed() == "a")
        #expect(try bench.home.segments(.screen).count == 1)
    }
}
