import Capture
import CaptureX11
import CofferTestKit
import Files
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
        try eventually("it records on") { try agent.status().open > 0 }
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
        try eventually("it is written") { try agent.status().records >= 8 }
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

    /// How a prompt is killed: while an agent knows of it, or between two of its looks.
    enum PromptEnding: CaseIterable {
        case later, unseen

        /// What a prompt does: a shared lock on the whole file, then the time of its begin. 37 is F_OFD_SETLK; the numbers
        /// are the members of struct flock.
        var script: String {
            let begin = "os.utime(f.fileno(), ns=(time.time_ns(), os.fstat(f.fileno()).st_mtime_ns)); "
            let lock = "fcntl.fcntl(f, 37, struct.pack('hhxxxxqqixxxx', 0, 0, 0, 0, 0)); "
            return "import fcntl, os, struct, sys, time; f = open(sys.argv[1], 'r+'); "
                + (self == .later ? lock + begin + "time.sleep(600)" : begin)
        }
    }

    @Test(
        "Frames of a window in which a prompt was killed are not recorded until the employee says so",
        arguments: PromptEnding.allCases)
    func killedPrompt(_ ending: PromptEnding) throws {
        let source = ScriptedSource()
        let agent = try RunningAgent(policy) { source }
        try source.deliver([editor])
        try agent.waitUntil(.recording)
        let prompt = Process()
        prompt.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        prompt.arguments = ["-c", ending.script, agent.promptLock]
        try prompt.run()
        if ending == .later {
            try agent.waitUntil(.discarding)
            kill(prompt.processIdentifier, SIGKILL)
        }
        prompt.waitUntilExit()
        if ending == .unseen { try agent.waitUntil(.discarding) }
        try agent.waitUntil(.recording)
        let frame = TiledFrame(try ScreenFrame(width: 64, height: 64) { $0[0] = 9 })
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

    @Test("A pause lasts as long as it was given, whatever is done to the wall clock, suspended or not")
    func pauseByBootTime() throws {
        let now = Mutex(CaptureMoment(real: 1_800_000_000_000, sinceBoot: BootTime(boot: "b", time: 50_000)))
        let source = ScriptedSource()
        let agent = try RunningAgent(policy, moment: { now.withLock { $0 } }) { source }
        try source.deliver([editor])
        try agent.waitUntil(.recording)
        #expect(try agent.control.ask("pause 900") == "ok")
        // The command also writes it down.
        var stored = policy
        stored.pause(for: 900_000, at: now.withLock { $0 })
        try stored.write(agent.policyPath)
        try agent.waitUntil(.paused)
        for wall: Milliseconds in [1_900_000_000_000, 1_700_000_000_000, 0] {
            now.withLock { $0.real = wall }
            #expect(try agent.control.ask("reload") == "ok")
            try source.deliver(keys("secret"))
            #expect(try agent.status().state == .paused, "the wall clock says \(wall)")
        }
        // A suspension is time, too.
        now.withLock { $0.sinceBoot.time = 950_000 }
        #expect(try agent.control.ask("reload") == "ok")
        try agent.waitUntil(.recording)
        try agent.stop()
        #expect(try agent.home.segments(.keys).isEmpty)
    }

    @Test("An agent seals what it has, records nothing while its vault is replaced, and then seals to the new key")
    func handOver() throws {
        let source = ScriptedSource()
        let agent = try RunningAgent(policy) { source }
        source.report([editor] + keys("before"))
        var handover = try agent.control.handOver()
        #expect(handover != nil)
        #expect(try agent.home.names("journals").isEmpty)
        try source.deliver(keys("meanwhile"))
        #expect(try agent.status().state == .discarding)
        let old = agent.home.directory.path
        let keys2 = try VaultKeys(of: try IdentitySeed())
        _ = try VaultDirectory.create(at: old + ".next", sealing: keys2.sealing.publicKey)
        #expect(rename(old, old + ".old") == 0 && rename(old + ".next", old) == 0)
        handover = nil
        try agent.waitUntil(.recording)
        #expect(try AgentLock.isTaken(vault: old))
        source.report(keys("after"))
        try agent.control.closeSegments()
        try agent.stop()
        let vault = try OpenVault(try VaultDirectory(path: old), keys: keys2)
        let segments = try vault.directory.segmentIDs().map { id in
            try SegmentOpening.contentKey(header: try vault.directory.header(id), with: keys2.sealing)
        }
        #expect(!segments.isEmpty)
        let before = try VaultDirectory(path: old + ".old").segmentIDs()
        #expect(!before.isEmpty)
        for id in before {
            _ = try SegmentOpening.contentKey(
                header: try VaultDirectory(path: old + ".old").header(id), with: agent.home.keys.sealing)
        }
        _ = handover
    }

    @Test("An agent ends when the disk is nearly full, and seals what it has")
    func scarceSpace() throws {
        let space = Mutex(DiskSpace(free: 500, size: 1000))
        let source = ScriptedSource()
        let agent = try RunningAgent(policy, space: { _ in space.withLock { $0 } }) { source }
        source.report([editor] + keys("before"))
        try agent.waitUntil(.recording)
        space.withLock { $0.free = 49 }
        agent.waitForEnd()
        #expect(agent.failure.withLock { $0 }?.contains("nearly full") == true)
        #expect(try agent.home.segments(.keys).count == 1)
        #expect(agent.control.presence == .none)
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

    @Test("A pause is stored with both clocks; after a start of the machine the wall clock decides")
    func storedPause() throws {
        let home = try TemporaryVault()
        let path = home.path + "/capture"
        let now = CaptureMoment(real: 1_800_000_000_000, sinceBoot: BootTime(boot: "one", time: 5_000))
        var paused = policy
        paused.pause(for: 60_000, at: now)
        try paused.write(path)
        let read = try CapturePolicy.read(path)
        #expect(read == paused)
        func isPaused(_ boot: String, _ sinceBoot: Milliseconds, _ real: Milliseconds) -> Bool {
            read.isPaused(at: CaptureMoment(real: real, sinceBoot: BootTime(boot: boot, time: sinceBoot)))
        }
        #expect(isPaused("one", 64_999, 1_900_000_000_000) && isPaused("one", 64_999, 0))
        #expect(!isPaused("one", 65_000, 1_800_000_000_001) && !isPaused("one", 65_000, 0))
        #expect(isPaused("two", 1, 1_800_000_059_999) && !isPaused("two", 1, 1_800_000_060_000))
        paused.pause(for: nil, at: now)
        #expect(paused.isPaused(at: now) && paused.pausedUntilBoot == nil)
        paused.resume()
        #expect(!paused.isPaused(at: now))
        // As an older version wrote it.
        let old = #"{"schema":"coffer.capture-policy.v1","on":true,"apps":[],"kinds":[],"pausedUntil":1800000060000}"#
        try Data((old + "\n").utf8).write(to: URL(fileURLWithPath: path))
        #expect(try CapturePolicy.read(path).isPaused(at: now))
    }

    @Test("status, capture status and doctor have one answer for each state of capture")
    func findings() throws {
        let on = policy
        let off = CapturePolicy()
        let status = AgentStatus(
            state: .recording, pid: 1, since: 1, sealed: 0, records: 0, open: 0, dropped: 0, keysNotRecorded: 0,
            demoDays: 0, apps: [], kinds: [])
        for (policy, presence, word, isProblem): (CapturePolicy?, AgentControl.Presence, String, Bool) in [
            (off, .none, "off", false), (on, .none, "stopped", true), (nil, .none, "damaged", true),
            (on, .silent(nil), "silent", true), (off, .silent(1), "silent", true),
            (on, .answering(nil), "unknown", true), (on, .answering(status), "recording", false),
        ] {
            let finding = CaptureFinding(policy: policy, presence: presence, run: nil)
            #expect(finding.word == word)
            #expect((finding.problem != nil) == isProblem, "\(word)")
            #expect(finding.interruption == nil)
        }
        let run = AgentRun(at: 1, ended: "The disk is full.")
        let stopped = CaptureFinding(policy: on, presence: .none, run: run)
        #expect(stopped.problem?.what == "Capture is on, but no agent runs. The disk is full.")
        #expect(CaptureFinding(policy: on, presence: .answering(status), run: run).interruption == nil)
    }

    @Test("The note of the latest agent is written in place, and read back; a damaged one says nothing")
    func agentRun() throws {
        let home = try TemporaryVault()
        let path = home.path + "/agent"
        #expect(AgentRun.read(path) == nil)
        try AgentRun(at: 5).write(path)
        #expect(AgentRun.read(path) == AgentRun(at: 5))
        #expect(AgentRun.read(path)?.interruption.contains("killed") == true)
        let inode = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
        let ended = AgentRun(at: 6, ended: "The disk is full.")
        try ended.write(path)
        #expect(AgentRun.read(path) == ended)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int == inode)
        try AgentRun(at: 7, ended: String(repeating: "é", count: 5_000)).write(path)
        #expect(AgentRun.read(path)?.ended?.count == 200)
        try Data("{\"schema\"".utf8).write(to: URL(fileURLWithPath: path))
        #expect(AgentRun.read(path) == nil)
        try AgentRun.remove(path)
        try AgentRun.remove(path)
        #expect(AgentRun.read(path) == nil)
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
