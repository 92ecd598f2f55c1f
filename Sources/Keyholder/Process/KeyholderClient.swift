import Files
import Glibc
package import Sealing
package import Vault

/// A client of this user's keyholder.
///
/// Whether a keyholder lives is read from its lock; the socket only tells whether it answers here. No call waits for
/// one that hangs: while an answer is awaited, a ping on another connection must be answered.
package struct KeyholderClient: Sendable {
    /// How long a ping may take, in seconds.
    private static let patience = 3

    private let path: String
    private let lock: String

    /// `socket` is the keyholder's socket; `lock` is the vault's lock (`VaultLock`).
    package init(socket path: String, lock: String) {
        self.path = path
        self.lock = lock
    }

    /// What is known of the keyholder.
    package enum Presence: Hashable, Sendable {
        /// No process holds keys.
        case locked
        case answering
        /// It holds keys and does not answer here: it hangs, or its socket is in another directory. Its process id, if
        /// known.
        case silent(Int32?)

        /// Why nothing can be asked. (One that answers may have started just now.)
        package var error: CofferError {
            switch self {
            case .locked: CofferError(.locked, "The vault is locked.", hint: "Run `coffer unlock`.")
            case .answering: CofferError(.tryLater, "The keyholder has just started.", hint: "Try again.")
            case .silent(let process):
                CofferError(
                    .tryLater, "The keyholder\(words(process)) does not answer.", rule: silentRule,
                    hint: "Run `coffer lock`, which ends it, then `coffer unlock`.")
            }
        }
    }

    package var presence: Presence {
        let connected = try? LocalSocket.connect(path, seconds: Self.patience)
        if let connected, isAnswered(connected) { return .answering }
        return switch VaultLock.keyholder(lock) {
        case .held(let holder): .silent(holder?.process)
        // Something accepts connections: a keyholder of an earlier version, which has no lock.
        case .free: connected == nil ? .locked : .silent(nil)
        }
    }

    /// Whether a keyholder answers, so that it can be asked.
    package var isAnswering: Bool {
        (try? LocalSocket.connect(path, seconds: Self.patience)).flatMap { $0 }.map(isAnswered) ?? false
    }

    private func isAnswered(_ socket: LocalSocket) -> Bool {
        socket.write(line: Self.request("ping", [])) && socket.readLine() != nil
    }

    private static func request(_ operation: String, _ members: [CanonicalJSON.Member]) -> Bytes {
        CanonicalJSON.object([.init("op", .string(operation))] + members).encoded
    }

    /// Sends a request. Passes each item to the closure as it comes, and returns the final object or throws the error.
    /// With `seconds` the answer must be complete by then; without, it may take as long as the keyholder answers pings.
    @discardableResult
    package func ask(
        _ operation: String, _ members: [CanonicalJSON.Member] = [], seconds: Int? = nil,
        item: (CanonicalJSON) throws -> Void = { _ in }
    ) throws -> CanonicalJSON {
        let socket = try connect()
        guard socket.write(line: Self.request(operation, members)) else { throw Self.gone }
        return try replies(socket, seconds: seconds, item)
    }

    /// Asks the keyholder if it answers. Nil when none does, or when it stops doing so: then the caller does without.
    package func askIfAnswering(_ operation: String, _ members: [CanonicalJSON.Member] = [], seconds: Int) throws
        -> CanonicalJSON?
    {
        guard isAnswering else { return nil }
        do { return try ask(operation, members, seconds: seconds) } catch let error as CofferError {
            guard error.code == .locked || error.rule == Self.silentRule else { throw error }
            return nil
        }
    }

    /// Passes the keys for making pages under a consent to the keyholder.
    package func hand(_ keys: ConsentKeys) throws {
        let socket = try connect()
        let secrets = try KeyholderSecrets.consent(keys)
        guard socket.write(line: Self.request("consent-keys", [])),
            secrets.withBytes({ socket.send($0) })
        else { throw Self.gone }
        try replies(socket, seconds: nil) { _ in }
    }

    /// Ends the keyholder: asks it, and kills it if it does not end. Returns whether one lived. Throws `.tryLater` if
    /// it still lives: then its keys are still in memory.
    ///
    /// One that another `unlock` starts meanwhile is not ended: it is another process, with the keys of a later moment.
    @discardableResult
    package func end() throws(CofferError) -> Bool {
        let old = VaultLock.keyholder(lock)
        let before = presence
        if before == .answering { _ = try? ask("lock", seconds: Self.patience) }
        if before == .locked { return false }
        if before != .silent(nil), ends(old, within: before == .answering ? 2_000 : 0) { return true }
        let holder = old.holder ?? VaultLock.keyholder(lock).holder
        if let holder, ProcessLock.kill(holder, of: lock) || ends(.held(holder), within: 0),
            ends(.held(holder), within: 5_000)
        {
            return true
        }
        throw CofferError(
            .tryLater, "The keyholder\(Self.words(holder?.process)) does not end, and still holds the keys.",
            rule: Self.silentRule, hint: "End it with `kill -KILL`, or restart the machine.")
    }

    /// Whether this keyholder no longer holds the lock after at most so many milliseconds. One that has not written its
    /// name is told from a later one only by the lock being free.
    private func ends(_ old: ProcessLock.Holding, within milliseconds: Int) -> Bool {
        let limit = ContinuousClock.now + .milliseconds(milliseconds)
        while true {
            let now = VaultLock.keyholder(lock)
            if !now.isHeld { return true }
            if let one = old.holder, let other = now.holder, one != other { return true }
            guard ContinuousClock.now < limit else { return false }
            usleep(20_000)
        }
    }

    private static let silentRule = "keyholder.silent"

    private static func words(_ process: Int32?) -> String { process.map { " (process \($0))" } ?? "" }

    private func connect() throws -> LocalSocket {
        if let socket = try LocalSocket.connect(path, seconds: Self.patience) { return socket }
        throw presence.error
    }

    private static var gone: CofferError {
        CofferError(
            .tryLater, "The keyholder has stopped.", rule: silentRule, hint: "Run `coffer unlock`, then try again.")
    }

    @discardableResult
    private func replies(_ socket: LocalSocket, seconds: Int?, _ item: (CanonicalJSON) throws -> Void) throws
        -> CanonicalJSON
    {
        let limit = seconds.map { ContinuousClock.now + .seconds($0) }
        var isSilent = false
        func waits() -> Bool {
            isSilent = limit.map { ContinuousClock.now >= $0 } ?? false || !isAnswering
            return !isSilent
        }
        while let line = socket.readLine(whileWaiting: waits) {
            switch try KeyholderMessage.reply(line) {
            case .item(let value): try item(value)
            case .done(let value): return value
            case .error(let error): throw error
            }
        }
        guard isSilent else { throw Self.gone }
        throw Presence.silent(VaultLock.keyholder(lock).holder?.process).error
    }
}
