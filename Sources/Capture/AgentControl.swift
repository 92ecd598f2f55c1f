import Files
import Glibc
package import Sealing

/// The client of the agent's control socket, for `coffer capture pause` and every passphrase prompt.
package struct AgentControl: Sendable {
    /// How long an agent may take to answer, in seconds.
    private static let patience = 5
    /// The same for closing, in seconds: it may have to seal and sync many segments.
    private static let closingPatience = 20

    private let socket: String
    private let vault: String

    /// `socket` is the agent's socket; `vault` is the path whose lock shows that an agent runs.
    package init(socket: String, vault: String) {
        self.socket = socket
        self.vault = vault
    }

    /// Sends one request and returns the answer; nil when no agent runs.
    package func ask(_ request: String) throws(CofferError) -> String? {
        try connect().map { connection throws(CofferError) in try ask(request, connection) }
    }

    /// Asks a running agent to seal everything that was typed before this call, and returns after it has. Does nothing
    /// when no agent runs.
    package func closeSegments() throws(CofferError) {
        if let connection = try connect() { try ask("close", afterHoldOf: connection) }
    }

    private func ask(_ request: String, afterHoldOf connection: LocalSocket) throws(CofferError) {
        connection.setTimeout(seconds: Self.closingPatience)
        // What is held is not written yet, because a prompt may still drop it.
        usleep(UInt32(Pipeline.hold.rawValue + 100) * 1_000)
        guard try ask(request, connection) == "ok" else {
            throw CofferError(
                .tryLater, "The capture agent could not seal what it has recorded.",
                hint: "See `coffer capture status`; it may have stopped because the disk is full.")
        }
    }

    /// Asks a running agent to seal everything that was typed before this call, and to record nothing until the
    /// returned object is released: then it goes on with the vault that is there. Nil when no agent runs.
    package func handOver() throws(CofferError) -> Discard? {
        guard let connection = try connect() else { return nil }
        try ask("hand-over", afterHoldOf: connection)
        return Discard(connection)
    }

    /// Whether an agent runs, and answers.
    package enum Presence: Hashable, Sendable {
        case none
        case answering(AgentStatus?)
        /// It holds the vault's lock and does not answer here. Its process id, if known.
        case silent(Int32?)
    }

    package var presence: Presence {
        do throws(CofferError) {
            guard let line = try ask("status") else { return .none }
            return .answering(try? AgentStatus(line: line))
        } catch {
            let lock = try? AgentLock.holding(vault: vault)
            // It ended while it was asked.
            if lock?.isHeld == false { return .none }
            return .silent(lock?.holder?.process)
        }
    }

    /// How an agent ended.
    package enum Ending: Hashable, Sendable {
        case none, asked
        /// It did not answer, so it was killed: the keyholder adopts what it had written.
        case killed
        /// It answered and is still sealing what it has recorded.
        case sealing
    }

    /// Ends a running agent: asks it, and kills it when it does not answer. Throws when neither is possible.
    package func end() throws(CofferError) -> Ending {
        do throws(CofferError) {
            guard try ask("stop") != nil else { return .none }
            return try isFree(after: 5_000) ? .asked : .sealing
        } catch {
            guard error == Self.silent, try kill() else {
                if try !AgentLock.isTaken(vault: vault) { return .none }
                throw error
            }
            return .killed
        }
    }

    /// The agent's unit does not start again what SIGUSR2 ended, even where `off` could not be written down; after SIGKILL
    /// it does, so that comes only when the other is not enough. False when the agent is still there.
    private func kill() throws(CofferError) -> Bool {
        if try AgentLock.kill(vault: vault, by: SIGUSR2), try isFree(after: 2_000) { return true }
        guard try AgentLock.kill(vault: vault, by: SIGKILL) else { return false }
        return try isFree(after: 5_000)
    }

    /// Whether no agent holds the vault's lock after at most so many milliseconds.
    private func isFree(after milliseconds: Int) throws(CofferError) -> Bool {
        let limit = ContinuousClock.now + .milliseconds(milliseconds)
        while try AgentLock.isTaken(vault: vault) {
            guard ContinuousClock.now < limit else { return false }
            usleep(20_000)
        }
        return true
    }

    /// Asks a running agent to discard input and screen, and returns after it confirms; nil when no agent runs. The
    /// agent discards until one second after the returned object is released. Throws without a confirmation: then no
    /// prompt may open.
    package func discard() throws(CofferError) -> Discard? {
        guard let connection = try connect() else { return nil }
        guard try ask("discard", connection) == "ok" else { throw Self.silent }
        return Discard(connection)
    }

    /// While this object exists, the agent discards.
    package final class Discard: Sendable {
        private let connection: LocalSocket
        fileprivate init(_ connection: LocalSocket) { self.connection = connection }
    }

    /// Keeps a running agent from taking frames while something is redacted; nil when no agent runs.
    package func veil() throws(CofferError) -> Veil? {
        guard let connection = try connect() else { return nil }
        connection.setTimeout(seconds: Self.patience)
        guard try ask("veil", connection) == "ok" else { throw Self.silent }
        return Veil(self, connection)
    }

    /// While this object exists, the agent takes no frames. If the process is killed meanwhile, the agent takes none
    /// until the employee resumes: nobody has told it what may not be shown.
    package final class Veil: Sendable {
        private let control: AgentControl
        private let connection: LocalSocket

        fileprivate init(_ control: AgentControl, _ connection: LocalSocket) {
            self.control = control
            self.connection = connection
        }

        deinit { _ = try? ask("unveil") }

        /// What the app's last sealed frame shows in this area stays black until it is repainted.
        package func blacken(_ patch: [UInt64], of app: String) throws(CofferError) {
            try ask((["black", app] + patch.map(String.init)).joined(separator: " "))
        }

        /// The app's title says what was redacted: it is not recorded again until it changes.
        package func forgetTitle(of app: String) throws(CofferError) { try ask("untitle \(app)") }

        private func ask(_ request: String) throws(CofferError) {
            guard try control.ask(request, connection) == "ok" else { throw AgentControl.silent }
        }
    }

    private func connect() throws(CofferError) -> LocalSocket? {
        if let connection = try LocalSocket.connect(socket, seconds: Self.patience) { return connection }
        guard try AgentLock.isTaken(vault: vault) else { return nil }
        // The agent may be starting.
        for _ in 0..<20 {
            usleep(100_000)
            if let connection = try LocalSocket.connect(socket, seconds: Self.patience) { return connection }
            guard try AgentLock.isTaken(vault: vault) else { return nil }
        }
        throw Self.silent
    }

    private static let silent = CofferError(
        .tryLater, "A capture agent runs but does not answer.", rule: "agent.silent",
        hint: "Run `coffer capture off`, which ends it, then try again.")

    private func ask(_ request: String, _ connection: LocalSocket) throws(CofferError) -> String {
        guard connection.write(line: Array(request.utf8)), let answer = connection.readLine(atMost: 65_536) else {
            throw Self.silent
        }
        return String(decoding: answer, as: UTF8.self)
    }
}
