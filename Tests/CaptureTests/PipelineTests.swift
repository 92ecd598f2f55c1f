import Capture
import CofferTestKit
import Records
import Sealing
import Testing
import Vault

/// A pipeline whose time moves only by hand.
private final class Bench {
    let home: TemporaryVault
    let segments: OpenSegments
    let pipeline: Pipeline
    let clock: ManualClock
    private var uptime: Milliseconds = 1000

    init(_ policy: CapturePolicy = .test, at start: Milliseconds = 1_795_521_600_000) throws {
        home = try TemporaryVault()
        clock = ManualClock(start)
        segments = OpenSegments(sealer: try home.sealer)
        pipeline = try Pipeline(policy: policy, segments: segments)
    }

    func pass(_ milliseconds: Milliseconds) throws {
        clock.advance(by: milliseconds)
        uptime += milliseconds
        pipeline.begin(uptime)
        try pipeline.tick(now: clock.now, uptime: uptime)
    }

    func receive(_ event: CaptureEvent, late: Milliseconds = 0) {
        pipeline.receive(ObservedEvent(event, uptime: uptime - late))
    }

    func focus(_ app: String?, title: String = "", isCoffer: Bool = false) {
        let focus = app.map { Focus(window: 1, app: AppName(test: $0), title: title, isCoffer: isCoffer) }
        receive(.focus(focus, time: clock.now))
    }

    func type(_ text: String, late: Milliseconds = 0) {
        for character in text {
            press(String(character), late: late)
            release(String(character), late: late)
        }
    }

    func press(_ key: String, late: Milliseconds = 0) { send(key, isPress: true, late) }
    func release(_ key: String, late: Milliseconds = 0) { send(key, isPress: false, late) }

    func point(_ action: PointerContent.Action, isOver: Bool) {
        let content = PointerContent(
            action: action, x: 1, y: 1, screenWidth: 64, screenHeight: 64, origin: .device)
        receive(.pointer(content, isOver: isOver, time: clock.now))
    }

    func send(_ key: String, isPress: Bool, _ late: Milliseconds, isRepeat: Bool = false, isOwn: Bool = true) {
        let code = UInt32(key.unicodeScalars.first?.value ?? 0)
        let event = KeyEvent(
            time: clock.now, isPress: isPress, code: code, key: isPress ? key : "", origin: .device,
            isRepeat: isRepeat, isOwn: isOwn)
        receive(.key(event), late: late)
    }

    func show(_ frame: ScreenFrame, window: UInt = 1) {
        receive(.frame(TiledFrame(frame), window: window, time: clock.now))
    }

    /// Ends it; what was typed into all key segments.
    func typed() throws -> String {
        try pipeline.finish()
        return try home.segments(.keys).map(\.typed).joined(separator: "|")
    }
}

extension CapturePolicy {
    fileprivate static let test = CapturePolicy(
        isOn: true, apps: [AppName(test: "editor"), AppName(test: "shell")], kinds: [.keys, .window, .screen])
}

@Suite("Capture pipeline")
struct PipelineTests {
    @Test("What is typed into a consented app is sealed; what is typed elsewhere is not")
    func allowlist() throws {
        let bench = try Bench()
        bench.focus("editor", title: "notes")
        bench.type("abc")
        try bench.pass(600)
        bench.focus("bank")
        bench.type("4929")
        try bench.pass(600)
        #expect(try bench.typed() == "abc")
        #expect(try bench.home.segments(.window).flatMap(\.contents) == [.window(WindowContent(title: "notes"))])
    }

    @Test("Nothing is written during the moment of grace, and what was typed before a switch is kept")
    func grace() throws {
        let bench = try Bench()
        bench.focus("editor")
        try bench.pass(1000)
        bench.type("notes")
        try bench.pass(399)
        // The title of a moment ago, and no key.
        #expect(bench.segments.recordCount == 1)
        bench.focus(nil)
        bench.focus("bank")
        bench.type("4929")
        try bench.pass(1000)
        #expect(try bench.typed() == "notes")
    }

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

    @Test("What was typed before a window manager's grab is kept, and what it takes is not recorded")
    func grabbed() throws {
        let bench = try Bench()
        bench.focus("editor")
        try bench.pass(1000)
        bench.type("kept")
        bench.receive(.grab(true))
        bench.type("lost")
        bench.receive(.grab(false))
        bench.type("!")
        try bench.pass(1000)
        #expect(try bench.typed() == "kept!")
        #expect(bench.pipeline.keysNotRecorded == 4)
    }

    @Test("Repeats of a key are recorded where its press is, and nowhere else")
    func repeats() throws {
        let bench = try Bench()
        bench.focus("editor")
        try bench.pass(1000)
        bench.press("a")
        for _ in 0..<3 { bench.send("a", isPress: true, 0, isRepeat: true) }
        bench.focus("shell")
        bench.send("a", isPress: true, 0, isRepeat: true)
        bench.release("a")
        bench.focus("bank")
        bench.press("4")
        bench.focus("editor")
        bench.send("4", isPress: true, 0, isRepeat: true)
        bench.release("4")
        try bench.pass(1000)
        #expect(try bench.typed() == "aaaa")
        #expect(bench.pipeline.keysNotRecorded == 3)
        #expect(try bench.home.segments(.keys).flatMap(\.records).count == 4)
    }

    @Test("Keys that another client gets inside the window are dropped and counted, with their releases")
    func ofAnotherClient() throws {
        let bench = try Bench()
        bench.focus("editor")
        try bench.pass(1000)
        bench.type("a")
        bench.send("p", isPress: true, 0, isOwn: false)
        bench.release("p")
        bench.type("b")
        try bench.pass(1000)
        #expect(try bench.typed() == "ab")
        #expect(bench.pipeline.keysNotRecorded == 1)
        #expect(try bench.home.segments(.keys).flatMap(\.records).count == 4)
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

    @Test("While something is redacted no frame is taken; what it showed is black afterwards, until it is repainted")
    func veil() throws {
        func screen(_ inked: Bool) throws -> ScreenFrame {
            try ScreenFrame(width: 128, height: 64) { pixels in
                for at in pixels.indices { pixels[at] = 255 }
                for at in 0..<40 where inked && at % 3 != 0 { pixels[(20 * 128 + 70 + at) * 3] = 0 }
            }
        }
        let bench = try Bench()
        bench.focus("editor")
        try bench.pass(1000)
        bench.show(try screen(true))
        try bench.pass(1000)
        bench.pipeline.isVeiled = true
        #expect(!bench.pipeline.wantsScreen)
        bench.show(try screen(false))
        try bench.pipeline.closeSegments(uptime: .max)
        bench.pipeline.blacken(Remnants.Area(x: 64, y: 16, width: 60, height: 8), of: AppName(test: "editor"))
        bench.pipeline.isVeiled = false
        #expect(bench.pipeline.wantsScreen)
        for inked in [true, false] {
            bench.show(try screen(inked))
            try bench.pass(1000)
        }
        try bench.pipeline.finish()
        let frames = try bench.home.segments(.screen).flatMap { segment in
            var decoder = TileDecoder()
            return try segment.records.map { record in
                try decoder.decode(try TileSet(parsing: record.json, compressed: record.tiles ?? []))
            }
        }
        #expect(frames.count == 3)
        let (inked, plain) = (try screen(true), try screen(false))
        #expect(frames.first == inked && frames.last == plain)
        #expect(frames[1][100, 30] == (0, 0, 0) && frames[1][10, 30] == (255, 255, 255))
    }

    @Test("Between two windows no keys are recorded, and earlier ones are kept")
    func unknownFocus() throws {
        let bench = try Bench()
        bench.focus("editor")
        bench.type("one")
        bench.focus(nil)
        bench.type("lost")
        try bench.pass(1)
        bench.focus("shell")
        bench.type("two")
        try bench.pass(500)
        #expect(try bench.typed() == "one|two")
    }

    enum Stop: String, CaseIterable { case off, halted, paused, discarding, grab, coffer }

    @Test(
        "Each way of stopping drops what is held and what follows; a grab only what follows",
        arguments: Stop.allCases)
    func stopping(_ stop: Stop) throws {
        let bench = try Bench()
        bench.focus("editor")
        bench.type("kept")
        try bench.pass(500)
        bench.type("held")
        switch stop {
        case .off: bench.pipeline.policy.isOn = false
        case .halted: bench.pipeline.isHalted = true
        case .paused: bench.pipeline.isPaused = true
        case .discarding: bench.pipeline.isDiscarding = true
        case .grab: bench.receive(.grab(true))
        case .coffer: bench.focus("editor", isCoffer: true)
        }
        bench.type("after")
        try bench.pass(2000)
        // A grab says who gets the keys from now on; what is held went to the editor.
        #expect(try bench.typed() == (stop == .grab ? "keptheld" : "kept"))
        #expect(!bench.pipeline.wantsScreen)
    }

    @Test("What was typed during a stop is dropped and counted, however late it is seen", arguments: Stop.allCases)
    func lateEvents(_ stop: Stop) throws {
        let bench = try Bench()
        bench.focus("editor")
        let before = bench.pipeline.policy
        switch stop {
        case .off: bench.pipeline.policy.isOn = false
        case .halted: bench.pipeline.isHalted = true
        case .paused: bench.pipeline.isPaused = true
        case .discarding: bench.pipeline.isDiscarding = true
        case .grab: bench.receive(.grab(true))
        case .coffer: bench.focus("editor", isCoffer: true)
        }
        try bench.pass(3000)
        bench.pipeline.policy = before
        bench.pipeline.isHalted = false
        bench.pipeline.isPaused = false
        bench.pipeline.isDiscarding = false
        // These two are in the stream itself, in order.
        if stop == .grab || stop == .coffer { bench.type("late") } else { bench.type("late", late: 500) }
        bench.receive(.grab(false))
        bench.focus("editor")
        bench.type("on time")
        try bench.pass(500)
        #expect(try bench.typed() == "on time")
        #expect(bench.pipeline.keysNotRecorded == 4)
    }

    @Test("A pointer event belongs to the window under the pointer, and a drag to where it began")
    func pointer() throws {
        let bench = try Bench(CapturePolicy(isOn: true, apps: [AppName(test: "editor")], kinds: [.pointer]))
        bench.focus("editor")
        bench.point(.move, isOver: false)
        bench.point(.press(button: "left"), isOver: false)
        bench.point(.move, isOver: true)
        bench.point(.release(button: "left"), isOver: true)
        bench.point(.scroll(direction: "up", clicks: 1), isOver: false)
        bench.point(.press(button: "left"), isOver: true)
        bench.point(.move, isOver: false)
        bench.point(.scroll(direction: "down", clicks: 1), isOver: false)
        bench.point(.release(button: "left"), isOver: false)
        bench.point(.move, isOver: false)
        try bench.pass(500)
        try bench.pipeline.finish()
        let actions = try bench.home.segments(.pointer).flatMap(\.contents).compactMap { content in
            if case .pointer(let pointer) = content { pointer.action } else { nil }
        }
        #expect(actions == [.move, .press(button: "left"), .move, .release(button: "left")])
    }

    @Test("Capture goes on after a prompt, without the release of a key that went down during it")
    func resumes() throws {
        let bench = try Bench()
        bench.focus("editor")
        bench.pipeline.isDiscarding = true
        bench.press("s")
        bench.pipeline.isDiscarding = false
        bench.release("s")
        bench.type("go")
        try bench.pass(500)
        #expect(try bench.typed() == "go")
        #expect(try bench.home.segments(.keys).first?.records.count == 4)
    }

    @Test("A release takes the name of its press and goes with its app; a second release is nothing")
    func releases() throws {
        let bench = try Bench()
        bench.focus("editor")
        bench.press("A")
        bench.focus("shell")
        bench.release("A")
        bench.release("A")
        try bench.pass(500)
        try bench.pipeline.finish()
        let segments = try bench.home.segments(.keys)
        #expect(segments.map(\.label.app.string) == ["editor"])
        #expect(segments.first?.records.count == 2)
    }

    @Test(
        "A private window of an allowed browser is not recorded",
        arguments: [
            "Bank — Mozilla Firefox Private Browsing", "New Tab - Google Chrome (Incognito)", "Bank - [InPrivate]",
            "Bank – Google Chrome (Inkognito)", "Bank — Privater Modus",
        ])
    func privateWindows(_ title: String) throws {
        let bench = try Bench()
        bench.focus("editor", title: "Bank — Mozilla Firefox")
        bench.type("open")
        bench.focus("editor", title: title)
        bench.type("4929")
        #expect(!bench.pipeline.wantsScreen)
        bench.focus("editor", title: "How the (Incognito) mode works")
        bench.type("again")
        try bench.pass(500)
        #expect(try bench.typed() == "openagain")
        let titles = try bench.home.segments(.window).flatMap(\.contents)
        #expect(!titles.contains(.window(WindowContent(title: title))))
    }

    @Test("A kind that is not on is not recorded, and no frame is asked for")
    func kinds() throws {
        var policy = CapturePolicy.test
        policy.kinds = [.window]
        let bench = try Bench(policy)
        bench.focus("editor")
        bench.type("abc")
        #expect(!bench.pipeline.wantsScreen)
        try bench.pass(500)
        #expect(try bench.typed() == "")
    }

    @Test("A frame of a window that has lost the keyboard meanwhile is not taken")
    func lateFrame() throws {
        let bench = try Bench()
        bench.focus("editor")
        bench.show(try ScreenFrame(width: 64, height: 64), window: 2)
        try bench.pass(500)
        try bench.pipeline.finish()
        #expect(try bench.home.segments(.screen).isEmpty)
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
}
