import CofferTestKit
import Foundation
import Glibc

/// An X server of its own with a window manager, for one test. Everything it starts it ends, by process id.
final class VirtualDisplay {
    static let isInstalled = ["Xvfb", "openbox", "xdotool", "xterm", "setxkbmap"].allSatisfy { path(of: $0) != nil }

    let name: String
    /// What programs that are started get besides this process's environment.
    var environment: [String: String] = [:]
    private var processes: [Process] = []

    /// Returns when the server and its window manager answer.
    convenience init(width: Int = 800, height: Int = 600) throws {
        try self.init("Xvfb", "-screen", "0", "\(width)x\(height)x24")
    }

    /// Without -noreset a server ends every client when its last one leaves, and the next may be just connecting.
    fileprivate init(_ program: String, _ arguments: String...) throws {
        let server = Process()
        let pipe = Foundation.Pipe()
        server.executableURL = Self.path(of: program)
        server.arguments = ["-displayfd", "1", "-nolisten", "tcp", "-noreset"] + arguments
        server.standardOutput = pipe
        server.standardError = FileHandle.nullDevice
        try server.run()
        processes.append(server)
        var number = Data()
        while number.last != UInt8(ascii: "\n") {
            let more = pipe.fileHandleForReading.availableData
            if more.isEmpty { throw Failure(message: "\(program) gave no display") }
            number += more
        }
        name = ":" + String(decoding: number, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        try start("openbox", "--sm-disable")
        try eventually("openbox is up") { try run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK").contains("0x") }
    }

    struct Failure: Error { let message: String }

    deinit { end() }

    func end() {
        for process in processes.reversed() where process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    @discardableResult
    func start(_ program: String, _ arguments: String...) throws -> Process {
        try start(program, arguments: arguments)
    }

    @discardableResult
    func start(_ program: String, arguments: [String]) throws -> Process {
        let process = prepare(program, arguments)
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        processes.append(process)
        return process
    }

    /// Runs a program to its end; what it printed.
    @discardableResult
    func run(_ program: String, _ arguments: String...) throws -> String {
        let process = prepare(program, arguments)
        let pipe = Foundation.Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    private func prepare(_ program: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = Self.path(of: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["DISPLAY": name]) { $1 }
            .merging(environment) { $1 }
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        return process
    }

    fileprivate static func path(of program: String) -> URL? {
        ["/usr/bin/", "/usr/local/bin/", "/bin/"].map { $0 + program }.first { access($0, X_OK) == 0 }.map {
            URL(fileURLWithPath: $0)
        }
    }

    /// An xterm of this class at this place that runs a command; its window.
    func terminal(_ windowClass: String, at place: String, _ command: String...) throws -> String {
        let arguments = ["-class", windowClass, "-title", windowClass, "-geometry", place, "-e"] + command
        let process = prepare("xterm", arguments)
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        processes.append(process)
        var window = ""
        try eventually("the terminal is there") {
            window =
                try run("xdotool", "search", "--onlyvisible", "--class", "^\(windowClass)$")
                .split(separator: "\n").last.map(String.init) ?? ""
            return !window.isEmpty
        }
        try focus(window)
        return window
    }

    func focus(_ window: String) throws { try run("xdotool", "windowactivate", "--sync", window) }
}

/// An Xorg server with the dummy driver: it has outputs, which come and go.
extension VirtualDisplay {
    static let hasOutputs =
        isInstalled && path(of: "Xorg") != nil && path(of: "xrandr") != nil
        && access("/usr/lib/xorg/modules/drivers/dummy_drv.so", R_OK) == 0 && geteuid() == 0

    /// One output of 1024 × 768. `folder` gets the server's configuration and log.
    static func withOutputs(in folder: String) throws -> VirtualDisplay {
        let configuration = """
            Section "Device"
                Identifier "card"
                Driver "dummy"
                VideoRam 65536
            EndSection
            Section "Monitor"
                Identifier "monitor"
                HorizSync 1.0-1000.0
                VertRefresh 1.0-1000.0
            EndSection
            Section "Screen"
                Identifier "screen"
                Device "card"
                Monitor "monitor"
                DefaultDepth 24
                SubSection "Display"
                    Depth 24
                    Virtual 2560 2048
                    Modes "1024x768"
                EndSubSection
            EndSection
            Section "ServerFlags"
                Option "AutoAddDevices" "false"
                Option "AutoAddGPU" "false"
            EndSection
            """
        try configuration.write(toFile: folder + "/xorg.conf", atomically: true, encoding: .utf8)
        return try VirtualDisplay(
            "Xorg", "-config", folder + "/xorg.conf", "-logfile", folder + "/xorg.log", "-novtswitch", "-sharevts")
    }
}
