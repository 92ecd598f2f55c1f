import ArgumentParser
import Capture
import Files
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
            let policy = try home.changeCapture {
                $0 = try scope.applied(to: $0)
                $0.resume()
            }
            let isRunning = try home.agentControl.ask("resume") != nil
            output.data(
                "capture", policy.members(home, running: isRunning), text: "on: \(policy.inForce(home).words)")
            policy.sayWhatIsLeftOut(named: home.namedApps, output)
            if !isRunning { output.talk("No agent is running: start `coffer capture run` in your session.") }
        }
    }

    struct Off: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stop recording and end the agent.")

        @OptionGroup var output: OutputOptions

        func run() throws {
            let home = try Home()
            _ = try VaultDirectory(path: home.vault)
            // The agent first: it needs no disk.
            let ending = try home.agentControl.end()
            let (policy, failure) = home.keepStop { $0.isOn = false }
            // Nothing was interrupted: it was to end.
            if ending == .killed { try? AgentRun.remove(home.agentRun) }
            output.data("capture", policy.members(home, running: ending == .sealing, kept: failure == nil), text: "off")
            switch ending {
            case .sealing: output.talk("The agent is still sealing what it has recorded.")
            case .killed:
                output.talk("The agent did not answer, so it was killed. `coffer unlock` seals what it wrote.")
            case .none, .asked: break
            }
            if let failure {
                throw Self.notKept(failure, "Nothing is recorded now, but the next agent would record again")
            }
        }

        static func notKept(_ failure: CofferError, _ what: String) -> CofferError {
            CofferError(
                failure.code, "\(what): this could not be written. \(failure.message)", rule: failure.rule,
                hint: failure.hint)
        }
    }

    struct Pause: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stop recording for a while, at once.")

        @Argument(help: "How long, e.g. 15m; until `resume` when not given.")
        var length: DurationArgument?

        @OptionGroup var output: OutputOptions

        func run() throws {
            let home = try Home()
            _ = try VaultDirectory(path: home.vault)
            // The agent first: it needs no disk.
            let seconds = length.map { " \(min(Seconds($0.milliseconds + 999), Agent.longestPause))" } ?? ""
            let told = Result { () throws(CofferError) in try home.agentControl.ask("pause" + seconds) != nil }
            let (policy, failure) = home.keepStop { $0.pause(for: length?.milliseconds, at: .now()) }
            let end = policy.pauseWords ?? "no more"
            guard let failure else {
                // An agent that does not answer reads the pause before it records anything.
                let isRunning = try told.get()
                return output.data(
                    "capture", policy.members(home, running: isRunning, kept: true), text: "paused \(end)")
            }
            switch told {
            case .success(let isRunning):
                output.data("capture", policy.members(home, running: isRunning, kept: false), text: "paused \(end)")
                throw Off.notKept(failure, "It is paused, but an agent that starts meanwhile would record")
            case .failure:
                // It can neither be told nor find the pause, so it must not go on.
                let ending = try home.agentControl.end()
                output.data("capture", policy.members(home, running: ending == .sealing, kept: false), text: "off")
                throw Off.notKept(failure, "The agent did not answer and was ended; the next one would record again")
            }
        }
    }

    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a pause.")

        @OptionGroup var output: OutputOptions

        func run() throws {
            let home = try Home()
            let policy = try home.changeCapture { $0.resume() }
            let isRunning = try home.agentControl.ask("resume") != nil
            output.data(
                "capture", policy.members(home, running: isRunning),
                text: policy.isOn ? "on: \(policy.inForce(home).words)" : "off")
        }
    }

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What is recorded, and whether it is now.")

        @OptionGroup var output: OutputOptions

        func run() throws {
            let home = try Home()
            let vault = try VaultDirectory(path: home.vault)
            let policy = try CapturePolicy.read(home.captureConfig)
            let finding = CaptureFinding(
                policy: policy, presence: home.agentControl.presence, run: AgentRun.read(home.agentRun))
            let status = finding.status
            let sealed = try vault.segmentIDs().count
            var members = policy.members(home, running: finding.presence != .none, status: status)
            if let status {
                members += [
                    ("pid", .integer(Int(clamping: status.pid))), ("since", .string(Output.rfc3339(status.since))),
                    ("records", .integer(Int(clamping: status.records))),
                    ("open", .integer(Int(clamping: status.open))),
                    ("dropped", .integer(Int(clamping: status.dropped))),
                    ("keysNotRecorded", .integer(Int(clamping: status.keysNotRecorded))),
                    ("demoDays", .integer(Int(clamping: status.demoDays))),
                    ("memory", .string(status.memory.rawValue)), ("hasLostVeil", .boolean(status.hasLostVeil)),
                ]
            }
            members += [
                ("state", .string(finding.word)), ("halted", .boolean(vault.isHalted)), ("sealed", .integer(sealed)),
            ]
            output.data("capture", members, text: text(home, policy, finding, sealed, vault.isHalted))
        }

        private func text(
            _ home: Home, _ policy: CapturePolicy, _ finding: CaptureFinding, _ sealed: Int, _ isHalted: Bool
        ) -> String {
            let status = finding.status
            let inForce = status.map { policy.inForce($0) } ?? policy.inForce(home)
            var lines = ["capture   \(policy.isOn ? "on: " + inForce.words : "off")"]
            lines += policy.leftOut(home).map { "left out  \($0.app): \($0.reason.rawValue)" }
            if let words = policy.pauseWords { lines.append("paused    \(words)") }
            if isHalted { lines.append("halted    the programme is halted; nothing is recorded") }
            if let status {
                lines.append(
                    "agent     \(status.state.rawValue), process \(status.pid) since \(Output.utc(status.since)), "
                        + "\(status.records) records, \(status.open) open segments")
                lines.append("memory    \(status.memory.words)")
                if status.hasLostVeil {
                    lines.append(
                        "screen    no frames: a `coffer redact` was interrupted. Do it again, clear what the screen still "
                            + "shows, then `coffer capture resume`")
                }
                if status.demoDays > 0 { lines.append("clock     \(status.demoDays) days back, for a demonstration") }
            } else if case .silent(let process) = finding.presence {
                lines.append(
                    "agent     does not answer\(process.map { ", process \($0)" } ?? ""): `coffer capture off` ends it")
            } else {
                lines.append("agent     not running\(finding.interruption.map { ": " + $0 } ?? "")")
            }
            lines.append("sealed    \(sealed) segments")
            return lines.joined(separator: "\n")
        }
    }
}

extension MemoryHold {
    fileprivate var words: String {
        switch self {
        case .locked: "all of it is locked"
        case .unswapped: "never swapped out: its control group forbids it (MemorySwapMax=0)"
        case .partly: "only what waits is locked; see `coffer doctor`"
        }
    }
}

extension Home {
    /// The apps that purposes name, as far as this machine knows.
    fileprivate var namedApps: Set<AppName> { (try? VaultDirectory(path: vault))?.namedApps ?? [] }
}

extension CapturePolicy {
    /// Until when it is paused; nil when it is not.
    fileprivate var pauseWords: String? {
        pauseEnd(at: .now()).map { end in
            end == Self.untilResumed ? "until `coffer capture resume`" : "until \(Output.utc(end))"
        }
    }

    fileprivate var words: String {
        let names = apps.sorted().map { app in classes[app].map { "\(app) (\($0))" } ?? app.string }
        let apps = names.isEmpty ? "no app" : names.joined(separator: ", ")
        let kinds = kinds.isEmpty ? "nothing" : kinds.sorted().map(\.rawValue).joined(separator: ", ")
        return "\(kinds) of \(apps)"
    }

    fileprivate func leftOut(_ home: Home) -> [(app: AppName, reason: NeverCaptured.Reason)] {
        leftOut(named: home.namedApps, managed: (try? ManagedPolicy.read()) ?? nil)
    }

    /// Tells which apps of the list are not recorded, and why.
    func sayWhatIsLeftOut(named: Set<AppName>, _ output: OutputOptions) {
        for (app, reason) in leftOut(named: named, managed: (try? ManagedPolicy.read()) ?? nil) {
            output.talk("Left out: \(app), because \(reason.rawValue).")
        }
    }

    /// What a running agent records of this list.
    fileprivate func inForce(_ status: AgentStatus) -> CapturePolicy {
        var policy = self
        policy.apps = Set(status.apps)
        policy.kinds = Set(status.kinds)
        return policy
    }

    /// What an agent that reads this list would record now.
    fileprivate func inForce(_ home: Home) -> CapturePolicy {
        // A managed policy that cannot be trusted permits nothing.
        do { return narrowed(named: home.namedApps, managed: try ManagedPolicy.read()) } catch {
            return narrowed(named: [], managed: ManagedPolicy(kinds: [], never: apps))
        }
    }

    /// `kept` is false for a stop that could not be written. `status` is that of a running agent, which knows better.
    fileprivate func members(
        _ home: Home, running: Bool, kept: Bool? = nil, status: AgentStatus? = nil
    ) -> [(String, JSONValue)] {
        let inForce = inForce(home)
        return [
            ("on", .boolean(isOn)), ("running", .boolean(running)),
            ("apps", .array((status?.apps ?? inForce.apps.sorted()).map { .string($0.string) })),
            (
                "classes",
                .array(classes.sorted { $0.key < $1.key }.map { .string("\($0.key): \($0.value)") })
            ),
            ("kinds", .array((status?.kinds ?? inForce.kinds.sorted()).map { .string($0.rawValue) })),
            ("leftOut", .array(leftOut(home).map { .string("\($0.app): \($0.reason.rawValue)") })),
            ("paused", .boolean(isPaused(at: .now()))),
        ] + (kept.map { [("kept", .boolean($0))] } ?? [])
    }
}
