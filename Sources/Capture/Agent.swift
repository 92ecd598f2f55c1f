/// Capture: the agent that records what the policy allows, and seals it at once.
///
/// `Agent` is one loop: events from a `Source` go through a `Pipeline`, which drops what a `CapturePolicy` does not
/// allow and keeps input in `HeldInput` for 400 ms. `NeverCaptured` and `ManagedPolicy` narrow the policy; `PromptLock`
/// and `TerminalEcho` tell when a secret is being typed. `OpenSegments` writes records to journals and seals them with a
/// `SegmentSealer`. `AgentControl` is how commands talk to the agent; `ImportSealer` seals recordings of other tools.
///
/// The module imports `Files`, `Records`, `Vault` and what is below them, and no network client. It holds
/// public keys and the device's signing key, so it cannot open a segment once that is stored.

package import Files
import Glibc
import Records
package import Sealing
package import Vault

/// The capture agent: one loop on one thread. It holds public keys and the device's signing key, and opens no network
/// socket.
package final class Agent {
    /// How often the agent reads the halt flag and the policy's file, in milliseconds.
    private static let lookInterval: Milliseconds = 1000
    /// How often the agent looks around when nothing happens, in milliseconds; and while a terminal may stop echoing.
    private static let longestWait: Milliseconds = 250
    private static let longestEchoWait: Milliseconds = 100
    /// How long a discard continues after its connection closes, in milliseconds.
    private static let discardTail: Milliseconds = 1000

    /// The longest pause that the agent is told, in seconds; longer ones are in the policy's file.
    package static let longestPause: Seconds = 4_294_967_296

    private var sealer: SegmentSealer
    private let policyPath: String
    private let managedPath: String
    private var prompts: PromptWatch
    private let clock: CaptureClock
    private let segments: OpenSegments
    private let pipeline: Pipeline
    private let control: ControlServer
    private var lock: AgentLock
    private let moment: () -> CaptureMoment
    private let memory: MemoryHold
    private let space: (String) -> DiskSpace?
    private let started = CaptureClock.real()
    /// The pause that the agent was told of, by the clock that nobody can set.
    private var pausedUntil: Milliseconds = 0
    private var discardUntil: Milliseconds = 0
    private var lastLook: Milliseconds?
    private var isStopping = false
    /// Whether a command replaces the vault, which holds a connection meanwhile.
    private var isHandingOver = false
    private var missingKinds: Set<Kind> = []
    /// Why a request could not be done; it ends the agent, as a failure of its own writing does.
    private var failure: (any Error)?

    package init(
        vault: VaultDirectory, policyPath: String, managedPath: String = ManagedPolicy.path, promptLock: String,
        socket: String, clock: CaptureClock, moment: @escaping () -> CaptureMoment = CaptureMoment.now,
        memory: MemoryHold = .partly, space: @escaping (String) -> DiskSpace? = DiskSpace.init(at:)
    ) throws {
        lock = try AgentLock(vault: vault.path)
        sealer = try SegmentSealer(vault: vault)
        self.policyPath = policyPath
        self.managedPath = managedPath
        prompts = PromptWatch(promptLock)
        self.clock = clock
        self.moment = moment
        self.memory = memory
        self.space = space
        segments = OpenSegments(sealer: sealer)
        do throws(SecretMemoryError) {
            pipeline = try Pipeline(policy: CapturePolicy(), segments: segments)
        } catch {
            throw CofferError(
                .configuration, "Memory for held input cannot be locked (\(error)).", hint: "Raise `ulimit -l`.")
        }
        do { try Self.requireRoom(space(vault.path)) } catch { throw Self.stopped(error) }
        control = try ControlServer(path: socket)
    }

    /// Records until it is stopped through its socket, or until `stopDescriptor` becomes readable. However it ends,
    /// what was written is sealed, or left as a journal for the keyholder. Calls `began` when the first record is durable.
    package func run(_ source: any Source, stopDescriptor: Int32, began: () -> Void = {}) throws {
        defer { source.stop() }
        var hasBegun = false
        do {
            // Before it answers anybody, so that no answer claims what is not so yet.
            try look(CaptureClock.uptime())
            while !isStopping {
                wait(for: source, stopDescriptor)
                try turn(source)
                if !hasBegun, segments.recordCount > 0, !segments.hasPending {
                    hasBegun = true
                    began()
                }
            }
        } catch {
            try? pipeline.finish()
            throw Self.stopped(error)
        }
        do { try pipeline.finish() } catch { throw Self.stopped(error) }
    }

    /// Puts first in the error's message that recording has stopped. A full disk is no reason never to start again.
    private static func stopped(_ error: any Error) -> any Error {
        guard var error = error as? CofferError else { return error }
        error.message = "Capture has stopped: \(error.message) What was sealed before is intact."
        if error.rule == CofferError.fullDisk {
            error.code = .tryLater
            error.hint = "Free some space; then the next agent goes on."
        }
        return error
    }

    /// One turn of the loop.
    private func turn(_ source: any Source) throws {
        let uptime = CaptureClock.uptime()
        pipeline.begin(uptime)
        let wasDiscarding = control.isDiscarding
        control.serve(at: .now) { answer($0) }
        pipeline.isVeiled = control.isVeiling || control.hasLostVeil
        if let failure { throw failure }
        // The end of a discard counts from when it is seen, so that input from before it is still discarded.
        if wasDiscarding || control.isDiscarding { discardUntil = uptime + Self.discardTail }
        if isHandingOver, !control.isDiscarding { try takeOver() }
        switch prompts.look() {
        case .none: break
        case .open:
            discardUntil = uptime + Self.discardTail
            pipeline.notePrompt()
        case .ended(let isKilled):
            discardUntil = uptime + Self.discardTail
            pipeline.endPrompt(isKilled: isKilled)
        }
        pipeline.isDiscarding = uptime < discardUntil
        try look(uptime)
        for observed in try source.events(screen: pipeline.wantsScreen) { pipeline.receive(observed) }
        missingKinds = source.missingKinds
        try pipeline.tick(now: clock.now(), uptime: uptime)
    }

    /// Reads halts, pauses and the policy, each second or when something changed them. Throws when the disk is nearly
    /// full.
    private func look(_ uptime: Milliseconds) throws {
        if let lastLook, uptime >= lastLook, uptime < lastLook + Self.lookInterval { return }
        lastLook = uptime
        try Self.requireRoom(space(sealer.vault.path))
        pipeline.isHalted = sealer.vault.isHalted
        let stored = try CapturePolicy.read(policyPath)
        pipeline.policy = stored.narrowed(named: sealer.vault.namedApps, managed: try ManagedPolicy.read(managedPath))
        let now = moment()
        pipeline.isPaused = stored.isPaused(at: now) || now.sinceBoot.time < pausedUntil
    }

    private static func requireRoom(_ space: DiskSpace?) throws(CofferError) {
        guard space?.isScarce == true else { return }
        throw CofferError(
            .tryLater, "The disk is nearly full: less than 5 % of it is free.", rule: CofferError.fullDisk)
    }

    /// Waits until something happened or is due.
    private func wait(for source: any Source, _ stopDescriptor: Int32) {
        var polled = (control.descriptors + source.descriptors + [stopDescriptor]).map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        let now = CaptureClock.uptime()
        let due = [pipeline.deadline, source.deadline(screen: pipeline.wantsScreen)].compactMap { $0 }.min()
        let longest = pipeline.watchesTerminals ? Self.longestEchoWait : Self.longestWait
        let left = due.map { $0 > now ? min($0 - now, longest) : 1 } ?? longest
        _ = poll(&polled, nfds_t(polled.count), Int32(clamping: left.rawValue))
        if let last = polled.last, last.revents != 0 { isStopping = true }
    }

    private func answer(_ request: String) -> ControlServer.ControlReply {
        let words = request.split(separator: " ")
        switch (words.first, words.count) {
        case ("discard", 1):
            discardUntil = CaptureClock.uptime() + Self.discardTail
            pipeline.isDiscarding = true
            return .init(line: "ok", isDiscarding: true)
        case ("pause", 1): return pause(until: CapturePolicy.untilResumed)
        case ("pause", 2):
            guard let seconds = UInt64(words[1]).map(Seconds.init(rawValue:)), seconds <= Self.longestPause else {
                return .init(line: "no")
            }
            return pause(until: moment().sinceBoot.time + Milliseconds(seconds))
        case ("resume", 1):
            pipeline.showAgain()
            control.forgetLostVeil()
            return pause(until: 0)
        case ("reload", 1):
            lastLook = nil
            return .init(line: "ok")
        case ("close", 1): return close()
        case ("hand-over", 1): return handOver()
        case ("veil", 1):
            pipeline.isVeiled = true
            return .init(line: "ok", isVeiling: true)
        case ("unveil", 1): return .init(line: "ok", isVeiling: false)
        case ("black", 6): return black(words.dropFirst().map(String.init))
        case ("untitle", 2): return forgetTitle(of: String(words[1]))
        case ("status", 1): return .init(line: status.line)
        case ("stop", 1):
            isStopping = true
            return .init(line: "ok")
        default: return .init(line: "no")
        }
    }

    private func close() -> ControlServer.ControlReply {
        do {
            try pipeline.closeSegments(uptime: CaptureClock.uptime())
            return .init(line: "ok")
        } catch {
            failure = error
            return .init(line: "no")
        }
    }

    /// Seals what there is and records nothing while the connection stands: then the vault may be replaced.
    private func handOver() -> ControlServer.ControlReply {
        var reply = close()
        guard failure == nil else { return reply }
        isHandingOver = true
        discardUntil = CaptureClock.uptime() + Self.discardTail
        pipeline.isDiscarding = true
        reply.isDiscarding = true
        return reply
    }

    /// Goes on with the vault that is there now: it may have another key, and another lock.
    private func takeOver() throws {
        isHandingOver = false
        let path = sealer.vault.path
        lock.release()
        lock = try AgentLock(vault: path)
        sealer = try SegmentSealer(vault: try VaultDirectory(path: path))
        segments.begin(sealer)
        lastLook = nil
    }

    /// What the last frame of an app that was sealed shows in an area is not to be recorded any more.
    private func black(_ words: [String]) -> ControlServer.ControlReply {
        let numbers = words.dropFirst().compactMap { UInt16($0) }.map { Int($0) }
        guard pipeline.isVeiled, numbers.count == 4, let app = try? AppName(words[0]) else { return .init(line: "no") }
        pipeline.blacken(
            Remnants.Area(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3]), of: app)
        return .init(line: "ok")
    }

    private func forgetTitle(of name: String) -> ControlServer.ControlReply {
        guard pipeline.isVeiled, let app = try? AppName(name) else { return .init(line: "no") }
        pipeline.forgetTitle(of: app)
        return .init(line: "ok")
    }

    private func pause(until time: Milliseconds) -> ControlServer.ControlReply {
        pausedUntil = time
        // Takes effect immediately; a pause in the policy's file lasts until the file changes.
        if time > 0 { pipeline.isPaused = true }
        lastLook = nil
        return .init(line: "ok")
    }

    private var recordedKinds: Set<Kind> {
        pipeline.policy.kinds.subtracting(missingKinds).subtracting(control.hasLostVeil ? [.screen] : [])
    }

    private var status: AgentStatus {
        AgentStatus(
            state: pipeline.state, pid: UInt64(getpid()), since: started, sealed: UInt64(segments.sealedCount),
            records: UInt64(segments.recordCount), open: UInt64(segments.openCount),
            dropped: UInt64(pipeline.droppedCount),
            keysNotRecorded: UInt64(pipeline.keysNotRecorded), demoDays: clock.demoDays,
            apps: pipeline.policy.apps.sorted(), kinds: recordedKinds.sorted(),
            memory: memory, hasLostVeil: control.hasLostVeil)
    }
}
