import Capture
import CaptureX11
import CofferTestKit
import Foundation
import Records
import Sealing
import Synchronization
import Testing
import Vault

@Suite("Capture agent", .serialized, .blocks)
struct AgentTests {
    private let policy = CapturePolicy(
        isOn: true, apps: [AppName(test: "editor")], kinds: [.keys, .window, .screen])

    private func keys(_ text: String) -> [CaptureEvent] {
        text.map { character in
            .key(
                KeyEvent(
                    time: CaptureClock.real(), isPress: true, code: UInt32(character.unicodeScalars.first?.value ?? 0),
                    key: String(character), origin: .device))
        }
    }

    private var editor: CaptureEvent {
        .focus(Focus(window: 1, app: AppName(test: "editor"), title: "t"), time: CaptureClock.real())
    }

    @Test("Records, answers on its socket, and seals everything when it is stopped")
    func life() throws {
        let source = ScriptedSource()
        let agent = try RunningAgent(policy) { source }
        source.report([editor] + keys("hello"))
        try eventually("it is written") { try agent.status().records == 6 }
        #expect(try agent.status().state == .recording)
        #expect(try agent.control.ask("nonsense") == "no")
        try agent.stop()
        #expect(try agent.home.segments(.keys).map(\.typed) == ["hello"])
        #expect(try agent.home.names("journals").isEmpty)
        #expect(try agent.control.ask("status") == nil)
    }

    @Test("A command that stops something lets the agent seal everything that was typed before it")
    func close() throws {
        let source = ScriptedSource()
        let agent = try RunningAgent(policy) { source }
        source.report([editor] + keys("my pin 4711"))
        try agent.control.closeSegments()
        #expect(try agent.home.segments(.keys).map(\.typed) == ["my pin 4711"])
        #expect(try agent.home.names("journals").isEmpty)
        #expect(try agent.status().open == 0)
        source.report(keys(" and on"))
        try eventually("it records on") { try agent.status().open == 1 }
        try agent.stop()
        #expect(try agent.home.segments(.keys).map(\.typed).joined() == "my pin 4711 and on")
    }

    @Test("An agent that does not answer has closed nothing")
    func silentAgentClosesNothing() throws {
        let home = try TemporaryVault()
        let lock = try AgentLock(vault: home.directory.path)
        let control = AgentControl(socket: home.path + "/agent.sock", vault: home.directory.path)
        #expect(throws: CofferError(.tryLater, "", rule: "agent.silent")) { try control.closeSegments() }
        withExtendedLifetime(lock) {}
        try AgentControl(socket: home.path + "/none.sock", vault: home.path).closeSegments()
    }

    @Test("A prompt's acknowledgement means that nothing is recorded until a second after it")
    func discard() throws {
        let source = ScriptedSource()
        let agent = try RunningAgent(policy) { source }
        source.report([editor] + keys("before"))
        try eventually("it is written") { try agent.status().records == 7 }
        var discard = try agent.control.discard()
        #expect(discard != nil)
        source.report(keys("my passphrase"))
        try eventually("it discards") { try agent.status().state == .discarding }
        discard = nil
        source.report(keys("just after"))
        try eventually("it records again") { try agent.status().state == .recording }
        source.report(keys("!"))
        try eventually("it is written") { try agent.status().records == 8 }
        try agent.stop()
        #expect(try agent.home.segments(.keys).map(\.typed) == ["before!"])
    }

    @Test("A prompt of another vault, and one that was open before the agent started, stop it as well")
    func otherPrompts() throws {
        let source = ScriptedSource()
        let agent = try RunningAgent(policy) { source }
        try source.deliver([editor])
        try agent.waitUntil(.recording)
        var lock: PromptLock? = try PromptLock(agent.promptLock)
        try agent.waitUntil(.discarding)
        try source.deliver(keys("my passphrase"))
        // Two prompts at once: the first that ends does not end the discard.
        var second: PromptLock? = try PromptLock(agent.promptLock)
        lock = nil
        try source.deliver(keys("repeated"))
        #expect(try agent.status().state == .discarding)
        second = nil
        try source.deliver(keys("just after"))
        try agent.waitUntil(.recording)
        // Opened and ended between two looks of an agent, it is seen by its end.
        lock = try PromptLock(agent.promptLock)
        lock = nil
        try agent.waitUntil(.discarding)
        try agent.waitUntil(.recording)
        try source.deliver(keys("!"))
        try eventually("it is written") { agent.home.typed() == "!" }
        try agent.stop()
        _ = (lock, second)
    }

    @Test("An agent that starts while a prompt is open records nothing until its end")
    func promptBefore() throws {
        let source = ScriptedSource()
        var lock: PromptLock?
        let agent = try RunningAgent(policy, before: { lock = try PromptLock($0) }) { source }
        try source.deliver([editor] + keys("my passphrase"))
        #expect(try agent.status().state == .discarding)
        lock = nil
        try agent.waitUntil(.recording)
        try source.deliver(keys("!"))
        try eventually("it is written") { agent.home.typed() == "!" }
        try agent.stop()
        _ = lock
    }

    @Test("Frames of a window in which a prompt was killed are not recorded until the employee says so")
    func killedPrompt() throws {
        let source = ScriptedSource()
        let agent = try RunningAgent(policy) { source }
        try source.deliver([editor])
        try agent.waitUntil(.recording)
        // 37 is F_OFD_SETLK; the numbers are the members of struct flock: a lock for reading on the whole file.
        let prompt = Process()
        prompt.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        prompt.arguments = [
            "-c",
            "import fcntl, struct, sys, time; f = open(sys.argv[1], 'r+'); "
                + "fcntl.fcntl(f, 37, struct.pack('hhxxxxqqixxxx', 0, 0, 0, 0, 0)); time.sleep(600)", agent.promptLock,
        ]
        try prompt.run()
        try agent.waitUntil(.discarding)
        kill(prompt.processIdentifier, SIGKILL)
        prompt.waitUntilExit()
        try agent.waitUntil(.recording)
        let frame = try ScreenFrame(width: 64, height: 64) { $0[0] = 9 }
        try source.deliver(keys("!") + [.frame(frame, window: 1, time: CaptureClock.real())])
        try eventually("the key is written") { agent.home.typed() == "!" }
        #expect(agent.home.records(.screen).isEmpty)
        #expect(try agent.control.ask("resume") == "ok")
        try source.deliver([.frame(frame, window: 1, time: CaptureClock.real())])
        try eventually("the frame is written") { !agent.home.records(.screen).isEmpty }
        try agent.stop()
    }

    @Test("A lock that is a link or not this user's is refused, and an agent that cannot look at it discards")
    func promptLockRefusals() throws {
        let home = try TemporaryVault()
        let path = home.path + "/elsewhere"
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/null")
        let error = #expect(throws: CofferError.self) { _ = try PromptLock(path) }
        #expect(error?.rule == "prompt.lock")
        let source = ScriptedSource()
        let agent = try RunningAgent(policy, before: { _ = symlink("/dev/null", $0) }) { source }
        try source.deliver([editor] + keys("unknown"))
        #expect(try agent.status().state == .discarding)
        try agent.stop()
        #expect(try agent.home.segments(.keys).isEmpty)
    }

    @Test("Pause, resume and the halt flag take effect without a restart")
    func stopping() throws {
        let source = ScriptedSource()
        let agent = try RunningAgent(policy) { source }
        try source.deliver([editor])
        #expect(try agent.control.ask("pause 600") == "ok")
        try eventually("it is paused") { try agent.status().state == .paused }
        try source.deliver(keys("secret"))
        #expect(try agent.control.ask("resume") == "ok")
        try eventually("it records") { try agent.status().state == .recording }
        try agent.home.directory.setHalted(true)
        try eventually("it is halted") { try agent.status().state == .halted }
        try source.deliver(keys("halted"))
        try agent.home.directory.setHalted(false)
        try eventually("it records again") { try agent.status().state == .recording }
        var changed = policy
        changed.pausedUntil = CapturePolicy.untilResumed
        try changed.write(agent.policyPath)
        #expect(try agent.control.ask("reload") == "ok")
        try eventually("it is paused by the file") { try agent.status().state == .paused }
        try agent.stop()
        #expect(try agent.home.segments(.keys).isEmpty)
    }

    @Test("Only one agent runs a vault")
    func onlyOne() throws {
        let source = ScriptedSource()
        let agent = try RunningAgent(policy) { source }
        let error = #expect(throws: CofferError.self) {
            _ = try Agent(
                vault: agent.home.directory, policyPath: agent.policyPath, promptLock: agent.promptLock,
                socket: agent.home.path + "/other.sock", clock: CaptureClock())
        }
        #expect(error?.code == .configuration)
        try agent.stop()
    }

    @Test("An agent that does not answer lets no prompt open")
    func silentAgent() throws {
        let home = try TemporaryVault()
        let lock = try AgentLock(vault: home.directory.path)
        let control = AgentControl(socket: home.path + "/agent.sock", vault: home.directory.path)
        let error = #expect(throws: CofferError.self) { _ = try control.discard() }
        #expect(error?.code == .tryLater)
        withExtendedLifetime(lock) {}
    }

    @Test("Without an agent there is nothing to wait for")
    func noAgent() throws {
        let home = try TemporaryVault()
        #expect(try AgentControl(socket: home.path + "/agent.sock", vault: home.directory.path).discard() == nil)
    }

    @Test("A damaged list of what may be captured permits nothing")
    func damagedPolicy() throws {
        let home = try TemporaryVault()
        try Data("{}".utf8).write(to: URL(fileURLWithPath: home.path + "/capture"))
        let error = #expect(throws: CofferError.self) { try CapturePolicy.read(home.path + "/capture") }
        #expect(error?.code == .configuration)
        #expect(try CapturePolicy.read(home.path + "/none").isOn == false)
    }

    @Test(
        "A password that a program in an allowed terminal asks for without echo is not recorded",
        .enabled(if: VirtualDisplay.isInstalled, "Xvfb, openbox, xdotool, xterm and setxkbmap are needed"),
        arguments: [
            "read -r -s secret; exec cat", "python3 -c 'import getpass; getpass.getpass()'; exec cat",
            "stty -echo; head -n 1 >/dev/null; stty echo; exec cat",
        ])
    func passwordWithoutEcho(_ command: String) throws {
        let display = try VirtualDisplay(width: 640, height: 480)
        let name = display.name
        let ready = FileManager.default.temporaryDirectory.appendingPathComponent("coffer-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: ready) }
        let agent = try RunningAgent(policy) {
            try X11Source(display: name, screen: false, now: CaptureClock().now)
        }
        _ = try display.terminal(
            "Editor", at: "40x10+10+10", "bash", "-c", "head -n 1 >/dev/null; touch \(ready); \(command)")
        try agent.waitUntil(.recording)
        try display.run("xdotool", "type", "--delay", "20", "before\n")
        try eventually("the program asks") { FileManager.default.fileExists(atPath: ready) }
        try eventually("the line is in the journal") { agent.home.typed().hasPrefix("before") }
        let count = try agent.status().keysNotRecorded
        try display.run("xdotool", "sleep", "1", "type", "--delay", "20", "hunter2\n")
        try eventually("the agent saw all of it") { try agent.status().keysNotRecorded >= count + 7 }
        try display.run("xdotool", "sleep", "1", "type", "--delay", "20", "after")
        try eventually("it is in the journal") { agent.home.typed().hasSuffix("after") }
        try agent.stop()
        let typed = ["Return", "Linefeed"].reduce(agent.home.typed()) { $0.replacingOccurrences(of: $1, with: "") }
        #expect(typed == "beforeafter")
    }

    @Test(
        "Real typing and real frames under Xvfb: only the consented window's, sealed on disk",
        .enabled(if: VirtualDisplay.isInstalled, "Xvfb, openbox, xdotool, xterm and setxkbmap are needed"))
    func realDisplay() throws {
        let display = try VirtualDisplay(width: 640, height: 480)
        let name = display.name
        let received = FileManager.default.temporaryDirectory.appendingPathComponent("coffer-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: received) }
        _ = try display.start(
            "xterm", "-class", "Bank", "-bg", "red", "-fg", "red", "-geometry", "20x10+430+10", "-e", "tee", received)
        let editor = try display.terminal("Editor", at: "40x10+10+10", "cat")
        let agent = try RunningAgent(policy) {
            try X11Source(display: name, screen: true, now: CaptureClock().now)
        }
        try eventually("it records") { try agent.status().state == .recording }
        try display.run("xdotool", "type", "--delay", "12", "quarterly canary")
        try eventually("it is in the journal") { agent.home.typed() == "quarterly canary" }
        #expect(try !agent.home.holds("quarterly canary"))
        let bank = try display.run("xdotool", "search", "--class", "^Bank$").split(separator: "\n").last
        try display.focus(String(try #require(bank)))
        try eventually("it waits") { try agent.status().state == .waiting }
        try display.run("xdotool", "type", "--delay", "12", "pin 4929\n")
        try eventually("the bank has it") { FileManager.default.contents(atPath: received) == Data("pin 4929\n".utf8) }
        try display.focus(editor)
        try eventually("it records again") { try agent.status().state == .recording }
        let frames = agent.home.records(.screen).count
        try display.run("xdotool", "type", "--delay", "12", "done")
        try eventually("it is in the journal") { agent.home.typed().hasSuffix("done") }
        try eventually("a frame of it is in the journal") { agent.home.records(.screen).count > frames }
        try agent.stop()
        #expect(agent.failure.withLock { $0 } == nil)
        let typed = try agent.home.segments(.keys).map(\.typed).joined()
        #expect(typed == "quarterly canarydone")
        let screens = try agent.home.segments(.screen)
        #expect(!screens.isEmpty)
        for segment in screens {
            var playback = ScreenPlayback(segment.records)
            while let (_, frame) = try playback.next() {
                let red = frame.withPixels { pixels in
                    stride(from: 0, to: pixels.count, by: 3).contains { pixels[$0] > 200 && pixels[$0 + 1] < 50 }
                }
                #expect(!red)
            }
        }
    }
}
