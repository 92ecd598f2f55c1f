import Capture
import CaptureX11
import CofferTestKit
import Foundation
import Glibc
import Sealing
import Testing

@Suite("Server clock")
struct ServerClockTests {
    @Test("Age is what an event came later than the promptest one, also across the end of 32 bits")
    func age() {
        var clock = ServerClock()
        #expect(clock.age(of: 4_294_967_000, at: 1_000_000) == 0)
        #expect(clock.age(of: 4_294_967_100, at: 1_000_350) == 250)
        // 40 ms more prompt than the first one.
        #expect(clock.age(of: 4_294_967_240, at: 1_000_200) == 0)
        #expect(clock.age(of: 204, at: 1_000_500) == 40)
        // 90 seconds later, 9 ms of the difference may be the clocks' drift.
        #expect(clock.age(of: 204, at: 1_090_460) == 89_991)
    }

    @Test("A server's clock that is slower than this one makes no event old for ever")
    func drift() {
        var clock = ServerClock()
        // One part in 20,000 slower: after two hours, 360 ms.
        var age: Milliseconds = 0
        for minute in 1...120 as ClosedRange<UInt32> {
            let time: UInt32 = minute * 60_000
            age = clock.age(of: 100 + time - time / 20_000, at: Milliseconds(rawValue: 2_000 + UInt64(time)))
        }
        #expect(age < 10)
    }
}

@Suite(
    "Backlogs", .serialized,
    .enabled(if: VirtualDisplay.isInstalled && Coffer.path != nil, "Xvfb, openbox, xdotool and the program are needed"))
struct BacklogTests {
    private func recording(_ coffer: Coffer) throws -> Process {
        #expect(try coffer.run("capture", "on", "--apps", "mine", "--kinds", "keys").code == 0)
        let agent = try coffer.start("capture", "run")
        try eventually("it records") { try coffer.run("capture", "status", "--json").out.contains("\"recording\"") }
        return agent
    }

    /// How many keys the agent says that it did not record.
    private func notRecorded(_ coffer: Coffer) throws -> Int {
        let status = try coffer.run("capture", "status", "--json").out
        let number = try #require(status.firstMatch(of: /"keysNotRecorded":([0-9]+)/)?.1)
        return try #require(Int(number))
    }

    @Test(
        "An agent that is stopped and continued at random instants seals no key as another window's and counts the rest"
    )
    func switches() throws {
        let display = try VirtualDisplay()
        let mine = try display.terminal("Mine", at: "30x8+10+10", "cat")
        let other = try display.terminal("Other", at: "30x8+400+10", "cat")
        try display.focus(mine)
        let home = try TemporaryVault()
        let coffer = Coffer(home: home, display: display)
        let agent = try recording(coffer)

        // Each key names the window that gets it. All keys are pressed by this one program, one after the other.
        let switches = 200
        var script: [String] = []
        for turn in 0..<switches {
            let isMine = !turn.isMultiple(of: 2)
            script += ["windowactivate", "--sync", isMine ? mine : other, "key", isMine ? "m" : "o"]
        }
        let typist = try display.start("xdotool", arguments: script + ["windowactivate", "--sync", mine])
        var generator = SeededGenerator(seed: 15)
        while typist.isRunning {
            usleep(UInt32.random(in: 5_000...150_000, using: &generator))
            kill(agent.processIdentifier, SIGSTOP)
            usleep(UInt32.random(in: 5_000...200_000, using: &generator))
            kill(agent.processIdentifier, SIGCONT)
        }
        try eventually("it records again") {
            try coffer.run("capture", "status", "--json").out.contains("\"recording\"")
        }
        try display.run("xdotool", "key", "z")
        try eventually("the last key is in the journal") { home.typed().hasSuffix("z") }

        let typed = home.typed()
        let counted = try notRecorded(coffer)
        #expect(!typed.contains("o"), "\(typed)")
        #expect(typed.count + counted == switches + 1, "\(typed.count) sealed and \(counted) counted")
        // Most stops hit a moment between two keys.
        #expect(typed.count > 20, "\(typed)")
        #expect(try coffer.run("capture", "off").code == 0)
        agent.waitUntilExit()
    }

    @Test("A stopped agent forgets what was typed meanwhile, also into an allowed window")
    func forgets() throws {
        let display = try VirtualDisplay()
        let mine = try display.terminal("Mine", at: "30x8+10+10", "cat")
        let other = try display.terminal("Other", at: "30x8+400+10", "cat")
        try display.focus(mine)
        let home = try TemporaryVault()
        let coffer = Coffer(home: home, display: display)
        let agent = try recording(coffer)
        try display.run("xdotool", "type", "--delay", "12", "alpha")
        try eventually("it is in the journal") { home.typed() == "alpha" }
        kill(agent.processIdentifier, SIGSTOP)
        try display.run("xdotool", "type", "--delay", "12", "whilestopped")
        try display.focus(other)
        try display.run("xdotool", "type", "--delay", "12", "secret")
        try display.focus(mine)
        kill(agent.processIdentifier, SIGCONT)
        try eventually("the backlog is counted") { try notRecorded(coffer) >= 18 }
        try eventually("it records") { try coffer.run("capture", "status", "--json").out.contains("\"recording\"") }
        try display.run("xdotool", "type", "--delay", "12", "delta")
        try eventually("it is in the journal") { home.typed().hasSuffix("delta") }
        #expect(home.typed() == "alphadelta")
        #expect(try notRecorded(coffer) == 18)
        #expect(try coffer.run("capture", "off").code == 0)
        agent.waitUntilExit()
    }
}
