import Capture
import CaptureX11
import CofferTestKit
import Files
import Foundation
import Records
import Sealing
import Testing
import Vault

@Suite("Prompts and redactions beside an agent", .serialized, .blocks)
struct PromptTests {
    @Test("A prompt's acknowledgement means that nothing is recorded until a second after it")
    func discard() throws {
        let source = ScriptedSource()
        let agent = try RunningAgent(Script.policy) { source }
        source.report([Script.editor] + Script.keys("before"))
        try eventually("it is written") { try agent.status().records == 7 }
        var discard = try agent.control.discard()
        #expect(discard != nil)
        source.report(Script.keys("my passphrase"))
        try eventually("it discards") { try agent.status().state == .discarding }
        discard = nil
        source.report(Script.keys("just after"))
        try eventually("it records again") { try agent.status().state == .recording }
        source.report(Script.keys("!"))
        try eventually("it is written") { try agent.status().records >= 8 }
        try agent.stop()
        #expect(try agent.home.segments(.keys).map(\.typed) == ["before!"])
    }

    @Test("A prompt of another vault, and one that was open before the agent started, stop it as well")
    func otherPrompts() throws {
        let source = ScriptedSource()
        let agent = try RunningAgent(Script.policy) { source }
        try source.deliver([Script.editor])
        try agent.waitUntil(.recording)
        var lock: PromptLock? = try PromptLock(agent.promptLock)
        try agent.waitUntil(.discarding)
        try source.deliver(Script.keys("my passphrase"))
        // Two prompts at once: the first that ends does not end the discard.
        var second: PromptLock? = try PromptLock(agent.promptLock)
        lock = nil
        try source.deliver(Script.keys("repeated"))
        #expect(try agent.status().state == .discarding)
        second = nil
        try source.deliver(Script.keys("just after"))
        try agent.waitUntil(.recording)
        // Opened and ended between two looks of an agent, it is seen by its end.
        lock = try PromptLock(agent.promptLock)
        lock = nil
        try agent.waitUntil(.discarding)
        try agent.waitUntil(.recording)
        try source.deliver(Script.keys("!"))
        try eventually("it is written") { agent.home.typed() == "!" }
        try agent.stop()
        _ = (lock, second)
    }

    @Test("An agent that starts while a prompt is open records nothing until its end")
    func promptBefore() throws {
        let source = ScriptedSource()
        var lock: PromptLock?
        let agent = try RunningAgent(Script.policy, before: { lock = try PromptLock($0) }) { source }
        try source.deliver([Script.editor] + Script.keys("my passphrase"))
        #expect(try agent.status().state == .discarding)
        lock = nil
        try agent.waitUntil(.recording)
        try source.deliver(Script.keys("!"))
        try eventually("it is written") { agent.home.typed() == "!" }
        try agent.stop()
        _ = lock
    }

    @Test("Frames of a window in which a prompt was killed are not recorded until the employee says so")
    func killedPrompt() throws {
        let source = ScriptedSource()
        let agent = try RunningAgent(Script.policy) { source }
        try source.deliver([Script.editor])
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
        let frame = TiledFrame(try ScreenFrame(width: 64, height: 64) { $0[0] = 9 })
        try source.deliver(Script.keys("!") + [.frame(frame, window: 1, time: CaptureClock.real())])
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
        let agent = try RunningAgent(Script.policy, before: { _ = symlink("/dev/null", $0) }) { source }
        try source.deliver([Script.editor] + Script.keys("unknown"))
        #expect(try agent.status().state == .discarding)
        try agent.stop()
        #expect(try agent.home.segments(.keys).isEmpty)
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
        let agent = try RunningAgent(Script.policy) {
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

    @Test("A redact that is killed leaves the screen unrecorded until the employee resumes; one that ends does not")
    func lostVeil() throws {
        let source = ScriptedSource()
        let agent = try RunningAgent(Script.policy) { source }
        try source.deliver([Script.editor])
        try agent.waitUntil(.recording)
        var veil = try agent.control.veil()
        #expect(veil != nil)
        veil = nil
        #expect(try !agent.status().hasLostVeil && agent.status().kinds.contains(.screen))
        // The connection of one that is killed ends without a word.
        var killed: LocalSocket? = try LocalSocket.connect(agent.socket, seconds: 5)
        #expect(killed?.write(line: Array("veil".utf8)) == true && killed?.readLine(atMost: 64) == Array("ok".utf8))
        #expect(try !agent.status().hasLostVeil)
        killed = nil
        try eventually("it is noticed") { try agent.status().hasLostVeil }
        #expect(try !agent.status().kinds.contains(.screen))
        // Another one that ends well does not know what the first would have told.
        veil = try agent.control.veil()
        veil = nil
        let frame = TiledFrame(try ScreenFrame(width: 64, height: 64) { $0[0] = 9 })
        try source.deliver(Script.keys("!") + [.frame(frame, window: 1, time: CaptureClock.real())])
        try eventually("the key is written") { agent.home.typed() == "!" }
        #expect(try agent.home.records(.screen).isEmpty && agent.status().hasLostVeil)
        #expect(try agent.control.ask("resume") == "ok")
        try source.deliver([.frame(frame, window: 1, time: CaptureClock.real())])
        try eventually("the frame is written") { !agent.home.records(.screen).isEmpty }
        try agent.stop()
    }
}
