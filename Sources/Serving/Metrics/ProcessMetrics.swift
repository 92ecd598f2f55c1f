import FoundationEssentials
import Glibc
import Sealing

extension Metrics {
    /// Adds the process metrics of Prometheus' own clients, under the same names.
    package func addProcess() {
        gauge("process_start_time_seconds", "When the process started, in seconds since 1970.") { Self.started }
        total("process_cpu_seconds_total", "Processor time used, in seconds.") {
            var usage = rusage()
            guard getrusage(Int32(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
            let (user, system) = (usage.ru_utime, usage.ru_stime)
            return Double(user.tv_sec + system.tv_sec) + Double(user.tv_usec + system.tv_usec) / 1e6
        }
        gauge("process_resident_memory_bytes", "Memory in use, in bytes.") {
            guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
            return text.split(separator: " ").dropFirst().first.flatMap { Double($0) }.map {
                $0 * Double(sysconf(Int32(_SC_PAGESIZE)))
            }
        }
        gauge("process_open_fds", "Open file descriptors.") {
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map { Double($0.count) }
        }
    }

    private static let started = Date.now.timeIntervalSince1970
}
