import Capture
import CaptureX11
import CofferTestKit
import Foundation
import Glibc
import Sealing
import Testing
import Vault

/// A program that takes the keyboard for itself.
enum Grabber: String, CaseIterable, CustomTestStringConvertible {
    case i3lock, xsecurelock, sshAskpass, pinentry

    var command: String {
        switch self {
        case .i3lock: "exec i3lock -n"
        case .xsecurelock: "exec xsecurelock"
        case .sshAskpass: "exec ssh-askpass Passphrase"
        case .pinentry: "(echo GETPIN; exec tail -f /dev/null) | exec pinentry-gtk-2 --display $DISPLAY"
        }
    }

    var testDescription: String { rawValue }

    /// Starts it apart from this process: its helpers leave its process group and outlive it.
    func start(on display: VirtualDisplay) throws -> RunningGrabber {
        let mark = "COFFER_GRABBER=\(UUID().uuidString)"
        try display.run(
            "bash", "-c",
            """
            for fd in /proc/self/fd/*; do n=${fd##*/}; [ "$n" -gt 2 ] && eval "exec $n>&-"; done
            export \(mark)
            (\(command)) >/dev/null 2>&1 </dev/null &
            """)
        return RunningGrabber(mark: mark)
    }

    static let areInstalled =
        VirtualDisplay.isInstalled
        && ["i3lock", "xsecurelock", "ssh-askpass", "pinentry-gtk-2"].allSatisfy { access("/usr/bin/\($0)", X_OK) == 0 }
}

/// A grabber and all processes that it has started, which its mark in their environment tells.
struct RunningGrabber {
    fileprivate let mark: String

    var isRunning: Bool { !processes.isEmpty }

    func end() throws {
        for process in processes { kill(process, SIGKILL) }
        try eventually("the grabber is gone") { !isRunning }
    }

    private var processes: [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(Int32.init).filter { process in
            guard let file = fopen("/proc/\(process)/environ", "r") else { return false }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = fread(&bytes, 1, bytes.count, file)
            return bytes.prefix(count).split(separator: 0).contains { $0.elementsEqual(mark.utf8) }
        }
    }
}

@Suite(
    "Keyboard grabs", .serialized,
    .enabled(if: Grabber.areInstalled, "i3lock, xsecurelock, ssh-askpass and pinentry-gtk-2 are needed"))
struct GrabTests {
    // Even an app whose own prompt grabs the keyboard may be allowed.
    private let policy = CapturePolicy(
        isOn: true,
        apps: [AppName(test: "editor"), AppName(test: "sshaskpass"), AppName(test: "pinentry-gtk-2")], kinds: [.keys])

    private func agent(on display: VirtualDisplay) throws -> RunningAgent {
        let name = display.name
        let agent = try RunningAgent(policy) {
            try X11Source(display: name, screen: false, now: CaptureClock().now)
        }
        try agent.home.directory.setNamedApps(policy.apps)
        return agent
    }

    /// Opens a window of an allowed app and returns when the window manager names it.
    private func popup(on display: VirtualDisplay) throws {
        let known = Set(try windows(on: display))
        try display.start("xterm", "-class", "Editor", "-geometry", "20x5+300+200", "-e", "cat")
        var window = ""
        try eventually("the popup is there") {
            window = try windows(on: display).first { !known.contains($0) } ?? ""
            return !window.isEmpty
        }
        try display.run("xdotool", "windowactivate", window)
        try eventually("the window manager names the popup") { try active(on: display) == window }
    }

    private func windows(on display: VirtualDisplay) throws -> [String] {
        try display.run("xdotool", "search", "--onlyvisible", "--class", "^Editor$").split(separator: "\n")
            .map(String.init)
    }

    private func active(on display: VirtualDisplay) throws -> String {
        try display.run("xdotool", "getactivewindow").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func names(_ window: String, on display: VirtualDisplay) throws {
        try display.run("xprop", "-root", "-f", "_NET_ACTIVE_WINDOW", "32x", "-set", "_NET_ACTIVE_WINDOW", window)
    }

    @Test(
        "Nothing typed into a grab is recorded, though a window of an allowed app opens or a client names one",
        arguments: Grabber.allCases)
    func grabs(_ grabber: Grabber) throws {
        let display = try VirtualDisplay()
        let editor = try display.terminal("Editor", at: "40x10+10+10", "cat")
        let observer = try Watcher(display)
        let agent = try agent(on: display)
        try agent.waitUntil(.recording)
        try display.run("xdotool", "type", "--delay", "12", "before")
        try eventually("it is in the journal") { agent.home.typed() == "before" }

        let program = try grabber.start(on: display)
        try observer.wait("the keyboard is grabbed") { $0.isGrabbed == true }
        try agent.waitUntil(.waiting)
        try display.run("xdotool", "type", "--delay", "12", "hunter")
        try popup(on: display)
        try display.run("xdotool", "type", "--delay", "12", "lock")
        try names("0x0", on: display)
        try names(editor, on: display)
        try display.run("xdotool", "type", "--delay", "12", "fake")
        #expect(try agent.status().state == .waiting)

        try program.end()
        try observer.wait("nobody has the keyboard") { $0.isGrabbed == false }
        // The popup may have the focus, or the editor.
        try display.focus(editor)
        try agent.waitUntil(.recording)
        try display.run("xdotool", "type", "--delay", "12", "after")
        try eventually("it is in the journal") { agent.home.typed().hasSuffix("after") }
        try agent.stop()
        #expect(agent.home.typed() == "beforeafter")
    }

    @Test(
        "A prompt that opens after a popup of an allowed app has the keyboard, too",
        arguments: [Grabber.sshAskpass, .pinentry])
    func popupFirst(_ grabber: Grabber) throws {
        let display = try VirtualDisplay()
        _ = try display.terminal("Editor", at: "40x10+10+10", "cat")
        let observer = try Watcher(display)
        let agent = try agent(on: display)
        try popup(on: display)
        try agent.waitUntil(.recording)
        let program = try grabber.start(on: display)
        try observer.wait("the keyboard is grabbed") { $0.isGrabbed == true }
        try agent.waitUntil(.waiting)
        try display.run("xdotool", "type", "--delay", "12", "sesame")
        try eventually("the agent saw all of it") { try agent.status().keysNotRecorded >= 6 }
        try program.end()
        try agent.stop()
        #expect(agent.home.typed() == "")
    }

    @Test("An agent that starts during a grab records nothing until the grab ends", arguments: Grabber.allCases)
    func startedDuring(_ grabber: Grabber) throws {
        let display = try VirtualDisplay()
        let editor = try display.terminal("Editor", at: "40x10+10+10", "cat")
        let observer = try Watcher(display)
        let program = try grabber.start(on: display)
        try observer.wait("the keyboard is grabbed") { $0.isGrabbed == true }
        let agent = try agent(on: display)
        try popup(on: display)
        try display.run("xdotool", "type", "--delay", "12", "restart")
        try eventually("the agent saw all of it") { try agent.status().keysNotRecorded >= 7 }
        #expect(try agent.status().state == .waiting)
        try program.end()
        try observer.wait("nobody has the keyboard") { $0.isGrabbed == false }
        try display.focus(editor)
        try agent.waitUntil(.recording)
        try display.run("xdotool", "type", "--delay", "12", "free")
        try eventually("it is in the journal") { agent.home.typed().hasSuffix("free") }
        try agent.stop()
        #expect(agent.home.typed() == "free")
    }

    @Test("A locker that starts at the instant of the agent's probe gets its grab, and the agent knows of it")
    func probeInstant() throws {
        let display = try VirtualDisplay()
        _ = try display.terminal("Editor", at: "40x10+10+10", "cat")
        for delay in 0..<24 as Range<UInt32> {
            let locker = try Grabber.i3lock.start(on: display)
            // The locker grabs some milliseconds after its start: one of these instants is the probe's.
            usleep(delay * 3_000)
            let watcher = try Watcher(display)
            try watcher.wait("the agent knows of the grab") { $0.isGrabbed == true }
            // A locker that does not get the keyboard gives up.
            #expect(locker.isRunning)
            try locker.end()
            try watcher.wait("the agent knows of the end") { $0.isGrabbed == false }
        }
    }

    @Test("A focus event that a client sends ends no grab")
    func forgedEvent() throws {
        let display = try VirtualDisplay()
        let editor = try display.terminal("Editor", at: "40x10+10+10", "cat")
        let watcher = try Watcher(display)
        try watcher.wait("the editor has the keyboard") { $0.focus != nil }
        let locker = try Grabber.i3lock.start(on: display)
        try watcher.wait("the keyboard is grabbed") { $0.isGrabbed == true }
        try Stranger(on: display).sendUngrab(to: try #require(UInt(editor)))
        try display.run("xdotool", "type", "--delay", "12", "x")
        try watcher.wait("the key after the forged event is there") { $0.presses.contains("x") }
        #expect(watcher.isGrabbed == true)
        try locker.end()
    }
}
