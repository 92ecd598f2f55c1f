import Sealing
import Synchronization
import Testing

@testable import coffer

/// What a person sees of long work on a terminal.
@Suite("Progress bar")
struct ProgressBarTests {
    private final class Terminal: Sendable {
        let lines = Mutex<[String]>([])
        let time = Mutex<Milliseconds>(5_000)
    }

    private let terminal = Terminal()

    private func bar(isTerminal: Bool = true) -> ProgressBar {
        ProgressBar(
            isTerminal: isTerminal, now: { [terminal] in terminal.time.withLock { $0 } },
            show: { [terminal] line in terminal.lines.withLock { $0.append(line) } })
    }

    private func reach(_ done: UInt64, after wait: Milliseconds, in bar: inout ProgressBar) {
        terminal.time.withLock { $0 = $0 + wait }
        bar.reach(done, of: "entries")
    }

    private var lines: [String] { terminal.lines.withLock { $0 } }

    @Test("The first second shows nothing; then the share of the work is shown")
    func theShare() {
        var bar = bar()
        bar.begin(400)
        reach(50, after: 999, in: &bar)
        #expect(lines.isEmpty)
        reach(100, after: 1, in: &bar)
        #expect(lines == ["[=======                       ] 25 %, 100 of 400 entries"])
        reach(400, after: 500, in: &bar)
        #expect(lines.last == "[==============================] 100 %, 400 of 400 entries")
    }

    @Test("It is drawn at most five times a second")
    func fiveTimesASecond() {
        var bar = bar()
        bar.begin(10_000)
        for done in 1...3_000 { reach(UInt64(done), after: 1, in: &bar) }
        // From the end of the first second to the end of the third.
        #expect(lines.count == 11)
    }

    @Test("Without a terminal, without a size and for more work than was said nothing is shown")
    func nothing() {
        var silent = bar(isTerminal: false)
        silent.begin(10)
        reach(5, after: 2_000, in: &silent)
        var sizeless = bar()
        sizeless.begin(0)
        reach(0, after: 2_000, in: &sizeless)
        var exceeded = bar()
        exceeded.begin(10)
        reach(11, after: 2_000, in: &exceeded)
        #expect(lines.isEmpty)
    }

    @Test("A clock that is set back draws nothing until it has caught up")
    func aClockSetBack() {
        var bar = bar()
        bar.begin(10)
        terminal.time.withLock { $0 = 0 }
        reach(5, after: 100, in: &bar)
        #expect(lines.isEmpty)
    }
}
