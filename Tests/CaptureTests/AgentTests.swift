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
    @Test("Records, answers on its socket, and seals everything when it is stopped")
    func life() throws {
        let source = ScriptedSource()
        let agent = try RunningAgent(Script.policy) { source }
        source.report([Script.editor] + Script.keys("hello"))
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
        let agent = try RunningAgent(Script.policy) { source }
        source.report([Script.editor] + Script.keys("my pin 4711"))
        try agent.control.closeSegments()
        #expect(try agent.home.segments(.keys).map(\.typed) == ["my pin 4711"])
        #expect(try agent.home.names("journals").isEmpty)
        #expect(try agent.status().open == 0)
        source.report(Script.keys(" and on"))
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

    @Test("Pause, resume and the halt flag take effect without a restart")
    func stopping() throws {
        let source = ScriptedSource()
        let agent = try RunningAgent(Script.policy) { source }
        try source.deliver([Script.editor])
        #expect(try agent.control.ask("pause 600") == "ok")
        try eventually("it is paused") { try agent.status().state == .paused }
        try source.deliver(Script.keys("secret"))
        #expect(try agent.control.ask("resume") == "ok")
        try eventually("it records") { try agent.status().state == .recording }
        try agent.home.directory.setHalted(true)
        try eventually("it is halted") { try agent.status().state == .halted }
        try source.deliver(Script.keys("halted"))
        try agent.home.directory.setHalted(false)
        try eventually("it records again") { try agent.status().state == .recording }
        var changed = Script.policy
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
        let agent = try RunningAgent(Script.policy, moment: { now.withLock { $0 } }) { source }
        try source.deliver([Script.editor])
        try agent.waitUntil(.recording)
        #expect(try agent.control.ask("pause 900") == "ok")
        // The command also writes it down.
        var stored = Script.policy
        stored.pause(for: 900_000, at: now.withLock { $0 })
        try stored.write(agent.policyPath)
        try agent.waitUntil(.paused)
        for wall: Milliseconds in [1_900_000_000_000, 1_700_000_000_000, 0] {
            now.withLock { $0.real = wall }
            #expect(try agent.control.ask("reload") == "ok")
            try source.deliver(Script.keys("secret"))
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
        let agent = try RunningAgent(Script.policy) { source }
        source.report([Script.editor] + Script.keys("before"))
        var handover = try agent.control.handOver()
        #expect(handover != nil)
        #expect(try agent.home.names("journals").isEmpty)
        try source.deliver(Script.keys("meanwhile"))
        #expect(try agent.status().state == .discarding)
        let old = agent.home.directory.path
        let keys2 = try VaultKeys(of: try IdentitySeed())
        _ = try VaultDirectory.create(at: old + ".next", sealing: keys2.sealing.publicKey)
        #expect(rename(old, old + ".old") == 0 && rename(old + ".next", old) == 0)
        handover = nil
        try agent.waitUntil(.recording)
        #expect(try AgentLock.isTaken(vault: old))
        source.report(Script.keys("after"))
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
        let agent = try RunningAgent(Script.policy, space: { _ in space.withLock { $0 } }) { source }
        source.report([Script.editor] + Script.keys("before"))
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
        let agent = try RunningAgent(Script.policy) { source }
        let error = #expect(throws: CofferError.self) {
            _ = try Agent(
                vault: agent.home.directory, policyPath: agent.policyPath, promptLock: agent.promptLock,
                socket: agent.home.path + "/other.sock", clock: CaptureClock())
        }
        #expect(error?.code == .configuration)
        try agent.stop()
    }

    @Test("A pause is stored with both clocks; after a start of the machine the wall clock decides")
    func storedPause() throws {
        let home = try TemporaryVault()
        let path = home.path + "/capture"
        let now = CaptureMoment(real: 1_800_000_000_000, sinceBoot: BootTime(boot: "one", time: 5_000))
        var paused = Script.policy
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
        let on = Script.policy
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
        let agent = try RunningAgent(Script.policy) {
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
