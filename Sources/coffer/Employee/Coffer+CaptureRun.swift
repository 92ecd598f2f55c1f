import ArgumentParser
import CLinux
import Capture
import CaptureX11
import Foundation
import Sealing
import Vault

extension Coffer.Capture {
    /// The agent in the foreground.
    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The agent in the foreground: records what is on.",
            discussion: """
                Start it with your session; a unit and an autostart entry for that are in tools/systemd/user. It ends \
                with SIGTERM, or with `coffer capture off`. --apps and --kinds set the list that `coffer capture on` sets.
                """)

        @OptionGroup var scope: CaptureScope

        @Option(
            name: .long, parsing: .unconditional,
            help: ArgumentHelp(
                "Set the records' clock back by whole days, under a demo charter only.", valueName: "-Nd"),
            transform: { text in
                guard text.hasPrefix("-"), text.hasSuffix("d"), let days = UInt64(text.dropFirst().dropLast()),
                    (1...3650).contains(days)
                else { throw ValidationError("write whole days as -2d") }
                return days
            })
        var demoClock: UInt64?

        @OptionGroup var output: OutputOptions

        func run() throws {
            do { try record() } catch {
                guard let failure = (error as? X11Failure)?.cofferError ?? error as? CofferError else { throw error }
                try tell(failure)
            }
        }

        /// What passes is noted for the next agent. Where no person reads it, it is said once, however often an agent is
        /// started until it has passed.
        private func tell(_ failure: CofferError) throws {
            guard failure.code == .tryLater, let home = try? Home() else { throw failure }
            let run = AgentRun(at: Now.milliseconds(), ended: failure.message)
            let isKnown = AgentRun.read(home.agentRun)?.ended == run.ended
            try? run.write(home.agentRun)
            if isKnown, isatty(STDERR_FILENO) == 0 { throw ExitCode(failure.code.rawValue) }
            throw failure
        }

        private func record() throws {
            MemoryProtection.startWithWipingAllocator()
            StoppedProcess.watch()
            AgentLock.acceptEnd()
            ShortEnvironment.take()
            let memory = MemoryProtection.begin()
            let home = try Home()
            let vault = try VaultDirectory(path: home.vault)
            try home.create()
            let stored = try CapturePolicy.read(home.captureConfig)
            let isNamed = scope.apps != nil || scope.kinds != nil
            let policy = isNamed ? try scope.applied(to: stored) : stored
            guard policy.isOn else {
                throw CofferError(
                    .configuration, "Capture is off.", hint: "Turn it on with `coffer capture on --apps … --kinds …`.")
            }
            let clock = CaptureClock(demoDays: try demoDays(home))
            let stop = try StopSignals()
            let agent = try Agent(
                vault: vault, policyPath: home.captureConfig, promptLock: home.promptLock, socket: home.agentSocket,
                clock: clock, memory: memory)
            let follower = try FollowerProcess(home: home)
            defer { follower.end() }
            let inForce = policy.narrowed(named: vault.namedApps, managed: try ManagedPolicy.read())
            let source = try X11Source(screen: inForce.kinds.contains(.screen), now: clock.now)
            // The same list as that of `capture on`, so that it can be changed while the agent runs.
            if isNamed { _ = try home.changeCapture { $0 = try scope.applied(to: $0) } }
            policy.sayWhatIsLeftOut(named: vault.namedApps, output)
            output.talk(output.json ? "" : "recording; Ctrl-C ends it")
            try agent.run(source, stopDescriptor: stop.descriptor) {
                if let before = AgentRun.read(home.agentRun) {
                    output.talk("Capture goes on after an interruption. \(before.interruption)")
                }
                // Without it, only the reason why this agent ends would be unknown later.
                try? AgentRun(at: CaptureClock.real()).write(home.agentRun)
            }
            try? AgentRun.remove(home.agentRun)
        }

        /// The clock may be set back only under a demo charter, which shows this to everyone who pins it.
        private func demoDays(_ home: Home) throws -> UInt64 {
            guard let demoClock else { return 0 }
            guard try PinnedCharter.read(home: home).isDemo else {
                throw CofferError(
                    .refused, "The clock can be set back only under a demo charter; the pinned charter is not one.",
                    rule: "charter.demo")
            }
            return demoClock
        }
    }
}

/// SIGTERM, SIGINT and SIGHUP as a readable descriptor.
final class StopSignals {
    let descriptor: Int32
    private let sources: [any DispatchSourceSignal]

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw CofferError(.configuration, "The process has no free file descriptors.") }
        descriptor = ends[0]
        let writing = ends[1]
        sources = [SIGTERM, SIGINT, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                var byte: UInt8 = 1
                _ = write(writing, &byte, 1)
            }
            source.resume()
            return source
        }
    }
}

/// The child process that follows the ledger, so that the agent needs no network. Nil without a pinned charter.
final class FollowerProcess {
    private let process: Process?
    /// The child reads it, and ends with it: also when the agent is killed.
    private let lifeline = Pipe()

    init(home: Home) throws {
        guard FileManager.default.fileExists(atPath: home.pins) else {
            process = nil
            return
        }
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        child.arguments = ["capture", "follow", "--until-input-ends"]
        child.standardOutput = FileHandle.nullDevice
        // Inherited by the child, its own end would keep it alive.
        _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        child.standardInput = lifeline
        try child.run()
        process = child
    }

    func end() {
        try? lifeline.fileHandleForWriting.close()
        process?.terminate()
    }
}
