import Capture
import CaptureX11
import CofferTestKit
import Foundation
import Glibc
import Sealing
import Testing
import Vault

@Suite("Boundaries of capture")
struct BoundaryTests {
    private let list = CapturePolicy(
        isOn: true, apps: [AppName(test: "code"), AppName(test: "keepassxc"), AppName(test: "slack")],
        kinds: [.keys, .screen])

    @Test("Apps that keep passwords or show others' words are left out with a reason, until a purpose names them")
    func leftOut() {
        let nobody = list.leftOut(named: [], managed: nil)
        #expect(nobody.map { $0.app.string } == ["keepassxc", "slack"])
        #expect(nobody.map { $0.reason } == [.passwords, .messages])
        #expect(list.narrowed(named: [], managed: nil).apps == [AppName(test: "code")])
        let named: Set = [AppName(test: "slack"), AppName(test: "thunderbird")]
        #expect(list.narrowed(named: named, managed: nil).apps == [AppName(test: "code"), AppName(test: "slack")])
    }

    @Test(
        "Every class of windows that is left out has the name that the agent gives it",
        arguments: [
            ("KeePassXC", NeverCaptured.Reason.passwords), ("Bitwarden", .passwords), ("Pinentry-gtk-2", .passwords),
            ("Thunderbird", .mail), ("TelegramDesktop", .messages), ("Microsoft Teams - Preview", .messages),
            ("Signal", .messages), ("org.remmina.Remmina", .remote), ("xfreerdp", .remote), ("Proton Mail", .mail),
        ])
    func classes(_ windowClass: String, _ reason: NeverCaptured.Reason) {
        #expect(NeverCaptured.reason(AppName(distinguishing: windowClass)) == reason)
    }

    @Test(
        "Ordinary apps are not left out", arguments: ["Code", "XTerm", "firefox", "Google-chrome", "libreoffice", ""])
    func ordinary(_ windowClass: String) {
        #expect(NeverCaptured.reason(AppName(distinguishing: windowClass)) == nil)
    }

    @Test("A managed policy takes kinds and apps away, also those that a purpose names, and gives none")
    func managed() {
        let managed = ManagedPolicy(kinds: [.keys, .pointer], never: [AppName(test: "slack"), AppName(test: "code")])
        let narrowed = list.narrowed(named: [AppName(test: "slack")], managed: managed)
        #expect(narrowed.kinds == [.keys])
        #expect(narrowed.apps.isEmpty)
        #expect(
            list.leftOut(named: [AppName(test: "slack")], managed: managed).map { $0.reason } == [
                .managed, .passwords, .managed,
            ])
        var off = list
        off.isOn = false
        #expect(!off.narrowed(named: [], managed: ManagedPolicy()).isOn)
    }

    private static let whole = "{\"schema\":\"coffer.managed.v1\",\"kinds\":[\"keys\"],\"never\":[\"bank\"]}\n"

    /// A managed policy in a folder of its own.
    private func place(_ text: String, mode: mode_t = 0o644, folder: mode_t = 0o755) throws -> (
        TemporaryDirectory, String
    ) {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/managed"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        chmod(path, mode)
        chmod(directory.path, folder)
        return (directory, path)
    }

    @Test("A managed policy is read from a file that only its owner can change; without a file nothing is narrowed")
    func managedFile() throws {
        let (directory, path) = try place(Self.whole)
        let read = try ManagedPolicy.read(path, owner: getuid())
        #expect(read == ManagedPolicy(kinds: [.keys], never: [AppName(test: "bank")]))
        #expect(try ManagedPolicy.read(directory.path + "/none", owner: getuid()) == nil)
        withExtendedLifetime(directory) {}
    }

    @Test("A managed policy that is damaged, a link, somebody else's or open to others permits nothing")
    func managedRefusals() throws {
        for text in [
            "", "{}\n", Self.whole.replacingOccurrences(of: "keys", with: "prompt"), String(Self.whole.dropLast()),
            Self.whole + " ",
        ] {
            let (directory, path) = try place(text)
            let error = #expect(throws: CofferError.self) { try ManagedPolicy.read(path, owner: getuid()) }
            #expect(error?.code == .configuration && error?.rule == "capture.managed", "\(text)")
            withExtendedLifetime(directory) {}
        }
        for (mode, folder) in [(0o666, 0o755), (0o664, 0o755), (0o644, 0o777), (0o644, 0o775)] as [(mode_t, mode_t)] {
            let (directory, path) = try place(Self.whole, mode: mode, folder: folder)
            #expect(throws: CofferError.self) { try ManagedPolicy.read(path, owner: getuid()) }
            withExtendedLifetime(directory) {}
        }
        let (directory, path) = try place(Self.whole)
        #expect(throws: CofferError.self) { try ManagedPolicy.read(path, owner: getuid() + 1) }
        try FileManager.default.createSymbolicLink(atPath: directory.path + "/link", withDestinationPath: path)
        #expect(throws: CofferError.self) { try ManagedPolicy.read(directory.path + "/link", owner: getuid()) }
    }

    @Test("The names that purposes name are read as they were written; a damaged file names nobody")
    func named() throws {
        let home = try TemporaryVault()
        #expect(home.directory.namedApps.isEmpty)
        try home.directory.setNamedApps([AppName(test: "slack"), AppName(test: "code")])
        #expect(home.directory.namedApps == [AppName(test: "slack"), AppName(test: "code")])
        try Data("slack\nNot An App\n".utf8).write(to: URL(fileURLWithPath: home.directory.path + "/named"))
        #expect(home.directory.namedApps.isEmpty)
    }

    @Test(
        "Two classes whose letters are all unknown are two apps: permitting one records nothing of the other",
        .enabled(if: VirtualDisplay.isInstalled, "Xvfb, openbox, xdotool, xterm and setxkbmap are needed"))
    func injective() throws {
        let display = try VirtualDisplay()
        let name = display.name
        let policy = CapturePolicy(isOn: true, apps: [AppName(distinguishing: "微信")], kinds: [.keys])
        let agent = try RunningAgent(policy) { try X11Source(display: name, screen: false, now: CaptureClock().now) }
        _ = try display.terminal("微信", at: "20x5+10+10", "cat")
        try agent.waitUntil(.recording)
        try display.run("xdotool", "type", "--delay", "12", "chat")
        try eventually("it is in the journal") { agent.home.typed() == "chat" }
        _ = try display.terminal("文件", at: "20x5+300+10", "cat")
        try agent.waitUntil(.waiting)
        try display.run("xdotool", "type", "--delay", "12", "files")
        try eventually("the agent saw all of it") { try agent.status().keysNotRecorded >= 5 }
        try agent.stop()
        #expect(agent.home.typed() == "chat")
    }

    @Test("A class in other letters is kept beside the name that does not tell it; what no person can read is refused")
    func namedByClass() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/capture.json"
        var policy = CapturePolicy(isOn: true, kinds: [.keys])
        policy.name(try ["微信", "code", "Proton Mail"].map { try #require(NamedApp($0)) })
        policy.pause(for: 60_000, at: .now())
        try policy.write(path)
        let read = try CapturePolicy.read(path)
        #expect(read == policy)
        #expect(
            read.apps == [
                AppName(distinguishing: "微信"), AppName(test: "code"), AppName(distinguishing: "Proton Mail"),
            ])
        #expect(Set(read.classes.values.map(\.string)) == ["微信", "Proton Mail"])
        #expect(NamedApp(AppName(distinguishing: "微信").string)?.windowClass == nil)
        for refused in ["", "Code", "微\u{1b}[2J信", "微\n信", "微\u{202e}信", String(repeating: "微", count: 100)] {
            #expect(NamedApp(refused) == nil, "\(refused.debugDescription)")
        }
        // A class that names no app of the list is no list that this program wrote.
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for wrong in [("微信", "文件"), ("微信", "code"), ("Proton Mail", "")] {
            try Data(text.replacingOccurrences(of: "\"\(wrong.0)\"", with: "\"\(wrong.1)\"").utf8)
                .write(to: URL(fileURLWithPath: path))
            #expect(throws: CofferError.self, "\(wrong)") { try CapturePolicy.read(path) }
        }
        withExtendedLifetime(directory) {}
    }

    @Test(
        "Run and on set one list, which a running agent follows and status tells; screens begin without a restart",
        .enabled(if: VirtualDisplay.isInstalled && Coffer.path != nil, "Xvfb, openbox and the program are needed"))
    func oneList() throws {
        let display = try VirtualDisplay()
        _ = try display.terminal("Mine", at: "30x8+10+10", "cat")
        let home = try TemporaryVault()
        let coffer = Coffer(home: home, display: display)
        let agent = try coffer.start("capture", "run", "--apps", "mine,slack", "--kinds", "keys")
        try eventually("it records") { try coffer.run("capture", "status", "--json").out.contains("\"recording\"") }
        var status = try coffer.run("capture", "status", "--json").out
        #expect(
            status.contains(
                #""apps":["mine"],"classes":[],"kinds":["keys"],"leftOut":["slack: it shows other people's messages"]"#),
            "\(status)")

        let on = try coffer.run("capture", "on", "--kinds", "keys,screen,window")
        #expect(on.code == 0 && on.out == "on: keys, screen, window of mine\n" && on.err.contains("slack"), "\(on)")
        try eventually("a frame is recorded") { !home.records(.screen).isEmpty }
        status = try coffer.run("capture", "status", "--json").out
        #expect(status.contains(#""kinds":["keys","screen","window"]"#), "\(status)")

        #expect(try coffer.run("capture", "on", "--apps", "other").code == 0)
        try eventually("it waits") { try coffer.run("capture", "status", "--json").out.contains("\"waiting\"") }
        #expect(try coffer.run("capture", "status", "--json").out.contains(#""apps":["other"]"#))
        #expect(try coffer.run("capture", "off").code == 0)
        agent.waitUntilExit()
    }
}
