import Capture
import CofferTestKit
import Records
import Sealing
import Testing
import Vault

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
}
