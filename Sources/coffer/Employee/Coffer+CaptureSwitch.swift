import ArgumentParser
import Capture
import Foundation
import Sealing
import Vault

extension Coffer.Capture {
    struct On: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let these apps and kinds be recorded.")

        @OptionGroup var scope: CaptureScope
        @OptionGroup var output: OutputOptions

        func run() throws {
            let home = try Home()
            var policy = CapturePolicy()
            let isRunning = try home.changeCapture {
                $0 = try scope.applied(to: $0)
                $0.pausedUntil = 0
                policy = $0
            }
            output.data(
                "capture", policy.members(running: isRunning), text: "on: \(policy.words)")
            if !isRunning { output.talk("No agent is running: start `coffer capture run` in your session.") }
        }
    }

    struct Off: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stop recording and end the agent.")

        @OptionGroup var output: OutputOptions

        func run() throws {
            let home = try Home()
            _ = try VaultDirectory(path: home.vault)
            // A policy file that cannot be read permits nothing, so it can be replaced.
            var policy = (try? CapturePolicy.read(home.captureConfig)) ?? CapturePolicy()
            policy.isOn = false
            try home.create()
            try policy.write(home.captureConfig)
            if try home.agentControl.ask("stop") != nil {
                for _ in 0..<100 where try AgentLock.isTaken(vault: home.vault) { usleep(50_000) }
            }
            let isRunning = try AgentLock.isTaken(vault: home.vault)
            output.data("capture", policy.members(running: isRunning), text: "off")
            if isRunning { output.talk("The agent is still sealing what it has recorded.") }
        }
    }

    struct Pause: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stop recording for a while, at once.")

        @Argument(help: "How long, e.g. 15m; until `resume` when not given.")
        var length: DurationArgument?

        @OptionGroup var output: OutputOptions

        func run() throws {
            let home = try Home()
            let now = Now.milliseconds()
            var policy = CapturePolicy()
            let isRunning = try home.changeCapture {
                $0.pausedUntil =
                    length.map { min(now + $0.milliseconds, CapturePolicy.untilResumed) }
                    ?? CapturePolicy.untilResumed
                policy = $0
            }
            let end = length == nil ? "until `coffer capture resume`" : "until \(Output.local(policy.pausedUntil))"
            output.data("capture", policy.members(running: isRunning), text: "paused \(end)")
        }
    }

    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a pause.")

        @OptionGroup var output: OutputOptions

        func run() throws {
            let home = try Home()
            var policy = CapturePolicy()
            let isRunning = try home.changeCapture {
                $0.pausedUntil = 0
                policy = $0
            }
            if isRunning { _ = try home.agentControl.ask("resume") }
            output.data(
                "capture", policy.members(running: isRunning), text: policy.isOn ? "on: \(policy.words)" : "off")
        }
    }

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What is recorded, and whether it is now.")

        @OptionGroup var output: OutputOptions

        func run() throws {
            let home = try Home()
            let vault = try VaultDirectory(path: home.vault)
            let policy = try CapturePolicy.read(home.captureConfig)
            let status = try home.agentControl.ask("status").flatMap { try? AgentStatus(line: $0) }
            let sealed = try vault.segmentIDs().count
            var members = policy.members(running: status != nil)
            if let status {
                members += [
                    ("pid", .integer(Int(clamping: status.pid))), ("since", .string(Output.rfc3339(status.since))),
                    ("records", .integer(Int(clamping: status.records))),
                    ("open", .integer(Int(clamping: status.open))),
                    ("dropped", .integer(Int(clamping: status.dropped))),
                    ("demoDays", .integer(Int(clamping: status.demoDays))),
                ]
            }
            let state = status?.state.rawValue ?? (policy.isOn ? "stopped" : "off")
            members += [
                ("state", .string(state)), ("halted", .boolean(vault.isHalted)), ("sealed", .integer(sealed)),
            ]
            output.data("capture", members, text: text(policy, status, sealed, vault.isHalted))
        }

        private func text(_ policy: CapturePolicy, _ status: AgentStatus?, _ sealed: Int, _ isHalted: Bool) -> String {
            var lines = ["capture   \(policy.isOn ? "on: " + policy.words : "off")"]
            if policy.isPaused(at: Now.milliseconds()) {
                lines.append(
                    policy.pausedUntil == CapturePolicy.untilResumed
                        ? "paused    until `coffer capture resume`"
                        : "paused    until \(Output.local(policy.pausedUntil))")
            }
            if isHalted { lines.append("halted    the programme is halted; nothing is recorded") }
            if let status {
                lines.append(
                    "agent     \(status.state.rawValue), process \(status.pid) since \(Output.local(status.since)), "
                        + "\(status.records) records, \(status.open) open segments")
                if status.demoDays > 0 { lines.append("clock     \(status.demoDays) days back, for a demonstration") }
            } else {
                lines.append("agent     not running")
            }
            lines.append("sealed    \(sealed) segments")
            return lines.joined(separator: "\n")
        }
    }
}

extension CapturePolicy {
    fileprivate var words: String {
        "\(kinds.sorted().map(\.rawValue).joined(separator: ", ")) of \(apps.sorted().map(\.string).joined(separator: ", "))"
    }

    fileprivate func members(running: Bool) -> [(String, JSONValue)] {
        [
            ("on", .boolean(isOn)), ("running", .boolean(running)),
            ("apps", .array(apps.sorted().map { .string($0.string) })),
            ("kinds", .array(kinds.sorted().map { .string($0.rawValue) })),
            ("paused", .boolean(isPaused(at: Now.milliseconds()))),
        ]
    }
}
