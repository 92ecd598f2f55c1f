import Capture
import CofferTestKit
import Foundation
import Glibc
import Records
import Sealing
import Testing
import Vault

@Suite(
    "Agent process", .serialized, .blocks,
    .enabled(if: VirtualDisplay.isInstalled && Coffer.path != nil, "Xvfb, openbox, xdotool and the program are needed"))
struct AgentProcessTests {
    @Test("kill -9 in the middle of a word: at most a second is missing, nothing is in clear, the journal is whole")
    func killed() throws {
        let display = try VirtualDisplay(width: 640, height: 480)
        _ = try display.terminal("Editor", at: "40x10+10+10", "cat")
        let home = try TemporaryVault()
        let coffer = Coffer(home: home, display: display)
        #expect(try coffer.run("capture", "on", "--apps", "editor", "--kinds", "keys,window").code == 0)
        let agent = try coffer.start("capture", "run")
        try eventually("it records") { try coffer.run("capture", "status", "--json").out.contains("\"recording\"") }
        #expect(try sockets(of: agent.processIdentifier).isEmpty)
        #expect(try limit("Max core file size", of: agent.processIdentifier) == "0")

        let text = String(repeating: "sesquipedalian", count: 8)
        let typist = try display.start("xdotool", "type", "--delay", "40", text)
        try eventually("some of it is in the journal") { home.typed().count > 10 }
        kill(agent.processIdentifier, SIGKILL)
        let end = CaptureClock.real()
        agent.waitUntilExit()
        typist.waitUntilExit()

        #expect(try !home.holds("sesquip"))
        let journals = try home.journals().filter { $0.kind == .keys }
        let records = journals.flatMap(\.records)
        let typed = records.compactMap { record -> String? in
            guard let key = try? KeyContent(parsing: record.json), key.isPress else { return nil }
            return key.key
        }.joined()
        #expect(typed.count > 10 && typed.count < text.count && text.hasPrefix(typed))
        let last = try #require(records.last?.time)
        // Half a second of the journal, 400 ms of grace, and what a loaded machine adds.
        #expect(end - last < 1500)

        // The next agent does not touch what the first left behind.
        let next = try coffer.start("capture", "run")
        try eventually("it records") { try coffer.run("capture", "status", "--json").out.contains("\"recording\"") }
        #expect(try home.journals().contains { $0.kind == .keys && $0.records == records })
        #expect(try coffer.run("capture", "off").code == 0)
        next.waitUntilExit()
        #expect(next.terminationStatus == 0)
    }

    @Test("Refusals: no vault, off, no app named, a demo clock without a demo charter, no display, a second agent")
    func refusals() throws {
        let home = try TemporaryVault()
        let coffer = Coffer(home: home, display: nil)
        #expect(try coffer.run("capture", "run").code == 78)
        #expect(try coffer.run("capture", "on").code == 64)
        #expect(try coffer.run("capture", "on", "--apps", "Code").code == 64)
        #expect(try coffer.run("capture", "on", "--apps", "code", "--kinds", "terminal").code == 64)
        #expect(try coffer.run("capture", "on", "--apps", "code").code == 0)
        let demo = try coffer.run("capture", "run", "--demo-clock", "-2d")
        #expect(demo.code == 78, "\(demo.err)")
        // It passes, so it is tried again and again; it is said once.
        let none = try coffer.run("capture", "run")
        #expect(none.code == 75 && none.err.contains("display"), "\(none.err)")
        let again = try coffer.run("capture", "run")
        #expect(again.code == 75 && again.err.isEmpty, "\(again.err)")
        #expect(try coffer.run("capture", "status").out.contains("display does not answer"))
        #expect(try coffer.run("capture", "status", "--json").out.contains("\"stopped\""))
        do {
            let lock = try AgentLock(vault: home.directory.path)
            let second = try coffer.run("capture", "run")
            #expect(second.code == 78 && second.err.contains("already"), "\(second.err)")
            // An agent that does not answer: the pause is written down, and the caller is told.
            #expect(try coffer.run("capture", "pause").code == 75)
            withExtendedLifetime(lock) {}
        }
        #expect(try coffer.run("capture", "pause", "15m").code == 0)
        #expect(try coffer.run("capture", "status").out.contains("paused"))
        #expect(try coffer.run("capture", "resume").code == 0)
        #expect(try coffer.run("capture", "off").out == "off\n")
    }

    @Test("An agent that hangs is named, and off ends it; a pause that cannot be stored is in force and says so")
    func stops() throws {
        let home = try TemporaryVault()
        let display = try VirtualDisplay(width: 640, height: 480)
        let coffer = Coffer(home: home, display: display)
        _ = try display.terminal("Editor", at: "40x10+10+10", "cat")
        #expect(try coffer.run("capture", "on", "--apps", "editor", "--kinds", "keys").code == 0)
        let agent = try coffer.start("capture", "run")
        try eventually("it records") { try coffer.run("capture", "status", "--json").out.contains("\"recording\"") }
        // A directory in the place of the list: it can be neither read nor written, for root neither.
        let list = home.path + "/config/capture"
        try FileManager.default.moveItem(atPath: list, toPath: list + ".away")
        try FileManager.default.createDirectory(atPath: list, withIntermediateDirectories: false)
        let pause = try coffer.run("capture", "off")
        #expect(pause.code == 65 || pause.code == 78, "\(pause.err)")
        #expect(pause.out == "off\n")
        agent.waitUntilExit()
        try FileManager.default.removeItem(atPath: list)
        try FileManager.default.moveItem(atPath: list + ".away", toPath: list)
        let next = try coffer.start("capture", "run")
        try eventually("it records") { try coffer.run("capture", "status", "--json").out.contains("\"recording\"") }
        kill(next.processIdentifier, SIGSTOP)
        let status = try coffer.run("capture", "status", "--json")
        #expect(status.out.contains("\"silent\""), "\(status.out)")
        let off = try coffer.run("capture", "off")
        #expect(off.code == 0 && off.err.contains("killed"), "\(off.err)")
        next.waitUntilExit()
        // By the signal after which its unit does not start it again.
        #expect(next.terminationReason == .uncaughtSignal && next.terminationStatus == SIGUSR2)
        #expect(try coffer.run("capture", "status", "--json").out.contains("\"off\""))
    }

    @Test("The display goes away: a sentence, exit 75, and what was recorded is sealed")
    func displayLost() throws {
        let home = try TemporaryVault()
        var display: VirtualDisplay? = try VirtualDisplay(width: 640, height: 480)
        let coffer = Coffer(home: home, display: display)
        let window = try display?.terminal("Editor", at: "40x10+10+10", "cat")
        #expect(window != nil)
        let agent = try coffer.start("capture", "run", "--apps", "editor")
        try eventually("it records") { try coffer.run("capture", "status", "--json").out.contains("\"recording\"") }
        _ = try display?.run("xdotool", "type", "--delay", "12", "kept")
        try eventually("it is in the journal") { home.typed() == "kept" }
        display?.end()
        display = nil
        agent.waitUntilExit()
        #expect(agent.terminationReason == .exit)
        #expect(agent.terminationStatus == 75)
        #expect(try home.segments(.keys).map(\.typed) == ["kept"])
    }

    /// Inodes of network sockets that a process holds.
    private func sockets(of process: Int32) throws -> Set<String> {
        var network: Set<String> = []
        for table in ["tcp", "tcp6", "udp", "udp6", "raw", "packet"] {
            let text = (try? String(contentsOfFile: "/proc/\(process)/net/\(table)", encoding: .utf8)) ?? ""
            for line in text.split(separator: "\n").dropFirst() {
                let fields = line.split(separator: " ")
                if fields.count > 9 { network.insert(String(fields[9])) }
            }
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")
        #expect(!files.isEmpty)
        let held = files.compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\($0)")
        }
        .filter { $0.hasPrefix("socket:[") }.map { String($0.dropFirst(8).dropLast()) }
        return network.intersection(held)
    }

    private func limit(_ name: String, of process: Int32) throws -> String? {
        try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8).split(separator: "\n")
            .first { $0.hasPrefix(name) }?.dropFirst(name.count).split(separator: " ").first.map(String.init)
    }
}
