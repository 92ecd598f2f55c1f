import ArgumentParser
import Files
import Foundation
import Keyholder
import Sealing
import Vault

extension Coffer {
    /// The keyholder process itself, started by `unlock` with its secrets on a pipe.
    struct RunKeyholder: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "keyholder", shouldDisplay: false)

        @Option var until: UInt64

        func run() async throws {
            // Starts a new session, so that it survives the end of the terminal.
            setsid()
            let memory = MemoryProtection.begin()
            let session = try EmployeeContext()
            let lock: ProcessLock
            do throws(CofferError) { lock = try VaultLock.take(session.home.vaultLock, as: .keyholder) } catch {
                guard error.rule == "vault.busy" else { throw error }
                return Output.data(KeyholderProcess.taken)
            }
            // Held until the process ends.
            defer { withExtendedLifetime(lock) {} }
            let secrets = try KeyholderSecrets(reading: Self.fill)
            close(STDIN_FILENO)
            let keyholder = Keyholder(
                try OpenVault(try session.directory(), keys: secrets.keys), consents: secrets.consents,
                programme: try session.programme(), deadline: Milliseconds(rawValue: until), memory: memory)
            let server = try KeyholderServer(keyholder, path: session.home.keyholderSocket) { _exit(0) }
            try server.start()
            try server.startDeadline()
            Output.data(KeyholderProcess.ready)
            Self.leaveTheTerminal()
            try await keyholder.run()
            server.stop()
        }

        private static func fill(_ memory: inout SecretMemory) -> Bool {
            memory.withMutableBytes { target in
                var position = 0
                while position < target.count, let start = target.baseAddress {
                    let count = read(STDIN_FILENO, start + position, target.count - position)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { return false }
                    position += count
                }
                return true
            }
        }

        private static func leaveTheTerminal() {
            let null = open("/dev/null", O_RDWR)
            guard null >= 0 else { return }
            for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] { dup2(null, descriptor) }
            if null > STDERR_FILENO { close(null) }
            signal(SIGHUP, SIG_IGN)
        }
    }
}

/// Starts a keyholder: this program again, in a new session, with its secrets over a pipe.
enum KeyholderProcess {
    /// What the keyholder prints when it answers, or when another process has the vault's lock. Of one length.
    static let ready = "ready"
    static let taken = "taken"

    /// How long a keyholder may take to start, in milliseconds.
    private static let patience: Int32 = 30_000

    /// Starts a keyholder in the place of a running one. When another `unlock` starts one at the same time, that one is
    /// replaced too: the last one stays.
    static func replace(
        _ running: KeyholderClient, secrets: borrowing SecretMemory, until: Milliseconds, lake: String?
    ) throws {
        for _ in 0..<20 {
            try running.end()
            if try start(secrets: secrets, until: until, lake: lake) { return }
        }
        throw CofferError(
            .tryLater, "Another Coffer process is using the vault.", rule: "vault.busy",
            hint: "Wait until it has finished, then try again.")
    }

    /// False when another process has the vault's lock, or has already ended the new keyholder to start its own.
    private static func start(
        secrets: borrowing SecretMemory, until: Milliseconds, lake: String?
    ) throws -> Bool {
        var input: [Int32] = [0, 0]
        var ready: [Int32] = [0, 0]
        guard pipe(&input) == 0 else { throw failure }
        guard pipe(&ready) == 0 else {
            input.forEach { close($0) }
            throw failure
        }
        defer { close(ready[0]) }
        for descriptor in input + ready { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        let process: pid_t
        do {
            defer {
                close(input[0])
                close(ready[1])
            }
            process = try spawn(stdin: input[0], stdout: ready[1], until: until, lake: lake)
        } catch {
            close(input[1])
            throw error
        }
        let sent = secrets.withBytes { bytes in
            bytes.baseAddress.map { write(input[1], $0, bytes.count) == bytes.count } ?? false
        }
        close(input[1])
        var answer = [UInt8](repeating: 0, count: 6)
        var count = 0
        var isTooSlow = false
        while count < answer.count {
            var polled = pollfd(fd: ready[0], events: Int16(POLLIN), revents: 0)
            let waiting = poll(&polled, 1, patience)
            if waiting < 0, errno == EINTR { continue }
            guard waiting > 0 else {
                // This command's own child, which it has not waited for: the id is still its own.
                kill(process, SIGKILL)
                isTooSlow = true
                break
            }
            let got = answer.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { read(ready[0], $0 + count, buffer.count - count) } ?? 0
            }
            if got < 0, errno == EINTR { continue }
            if got <= 0 { break }
            count += got
        }
        if sent, answer == Array("\(Self.ready)\n".utf8) { return true }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        // Another command ends a keyholder by a request, which ends it with code 0, or kills it.
        let isEnded = !isTooSlow && (status == 0 || status & 0x7f == SIGKILL)
        guard isEnded || answer == Array("\(Self.taken)\n".utf8) else {
            throw CofferError(
                .configuration, "The keyholder did not start.",
                hint: "The reason is printed above; see also `coffer doctor`.")
        }
        return false
    }

    private static var failure: CofferError { CofferError(.configuration, "The keyholder cannot be started.") }

    private static func spawn(stdin: Int32, stdout: Int32, until: Milliseconds, lake: String?) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, stdin, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, stdout, STDOUT_FILENO)
        // The child gets no other descriptor of this command, for example that of a passphrase.
        for descriptor in STDERR_FILENO + 1..<1024 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        let words: [String] = ["coffer", "keyholder", "--until", String(until.rawValue)]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { arguments.forEach { free($0) } }
        var process: pid_t = 0
        let entries = ShortEnvironment.entries(setting: lake.map { [LakeOption.variable: $0] } ?? [:])
        var environment: [UnsafeMutablePointer<CChar>?] = (entries + [MemoryProtection.allocator]).map { strdup($0) }
        environment.append(nil)
        defer { environment.forEach { free($0) } }
        guard posix_spawn(&process, "/proc/self/exe", &actions, nil, arguments, environment) == 0 else {
            throw failure
        }
        return process
    }
}
