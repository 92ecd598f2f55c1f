import Glibc

/// How many descriptors this process may have open.
enum OpenFileLimit {
    /// The most that is asked for: tables of the system grow with it.
    private static let most: rlim_t = 1 << 16

    /// Raises the limit as far as this user may, and returns it. Each connection has a descriptor, and many systems give
    /// a process 1,024.
    static func raise() -> Int {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(files, &limit) == 0 else { return 1_024 }
        var raised = limit
        raised.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, most))
        if raised.rlim_cur > limit.rlim_cur, setrlimit(files, &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }
}
