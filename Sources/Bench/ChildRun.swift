import Glibc

/// One run of a program: how long it took, how much memory and processor time, and when its output came.
struct ChildRun {
    let status: Int32
    /// From its start, in seconds.
    let seconds: Double
    let firstLine: Double
    let lines: Int
    /// Of all its threads, in seconds.
    let processor: Double
    /// The most memory that it had, in bytes.
    let memory: Double

    /// Runs it without input. Its standard error is ours. With `file` its output goes there, and no line is counted.
    init(_ program: String, _ arguments: [String], environment: [String: String], into file: String? = nil) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw BenchError("no pipe can be made") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        if let file {
            posix_spawn_file_actions_addopen(&actions, 1, file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        } else {
            posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        }
        let started = ContinuousClock.now
        var child = pid_t()
        let failure = Self.withPointers([program] + arguments) { arguments in
            Self.withPointers(environment.map { "\($0.key)=\($0.value)" }) { environment in
                posix_spawn(&child, program, &actions, nil, arguments, environment)
            }
        }
        close(ends[1])
        guard failure == 0 else { throw BenchError("\(program) cannot be started") }
        func elapsed() -> Double { (ContinuousClock.now - started) / .seconds(1) }
        var lines = 0
        var first = Double.nan
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            guard count > 0 else { break }
            let ended = buffer[..<count].count { $0 == 10 }
            if lines == 0, ended > 0 { first = elapsed() }
            lines += ended
        }
        var status: Int32 = 0
        var usage = rusage()
        guard wait4(child, &status, 0, &usage) == child else { throw BenchError("\(program) did not end") }
        seconds = elapsed()
        firstLine = first
        self.lines = lines
        self.status = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
        processor = Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
        memory = Double(usage.ru_maxrss) * 1024
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    private static func withPointers<R>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R
    ) -> R {
        let pointers = strings.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }
}
