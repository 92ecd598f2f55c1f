import Client
import CofferTestKit
import Foundation
import Glibc
import Keys
import Ledger
import Replica
import Rules
import Sealing

/// An organisation on loopback: one process per server, started from the `coffer` binary as an operator does it.
///
/// Benches have this layer of their own because they measure real processes over real sockets; keys and charter are
/// the test kit's.
final class ServerProcesses {
    /// The servers that a bench runs; a charter may name brokers that do not run.
    struct Shape {
        var company: [String]
        var threshold: Int
        var running: [String]

        /// Three cosigners, all of them running.
        static let small = Shape(company: ["acme-1"], threshold: 1, running: ["acme-1", "council-1", "north"])
        /// Company 2-of-3, so that its broker holds two sub-keys of each consent; three of five cosigners run.
        static let usual = Shape(
            company: ["acme-1", "acme-2", "acme-3"], threshold: 2, running: ["acme-1", "council-1", "north"])
    }

    private let organisation: Organisation
    private let directory: String
    private let storage: String
    private let binary: String
    private let shape: Shape
    private let ports: [String: Int]
    private var processes: [String: Process] = [:]

    var charter: CharterFile { organisation.charter }

    init(directory: String, storage: String, binary: String, shape: Shape) throws {
        self.directory = directory
        self.storage = storage
        self.binary = binary
        self.shape = shape
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: storage, withIntermediateDirectories: true)
        let names = ["ledger", "desk", "council-1", "north"] + shape.company
        let ports = Dictionary(uniqueKeysWithValues: zip(names, try freePorts(names.count)))
        self.ports = ports
        var groups = Organisation.Shape()
        (groups.company, groups.threshold) = (shape.company, shape.threshold)
        organisation = try Organisation(
            groups, now: now(), url: { ports[$0].map { "http://127.0.0.1:\($0)" } ?? "" },
            terms: {
                $0.rate = 1_099_511_627_776
                $0.lake = "/lake"
            })
        for (name, key) in organisation.keys { try key.write(to: "\(directory)/\(name).key") }
        _ = FileManager.default.createFile(atPath: directory + "/charter", contents: Data(charter.note.encoded))
    }

    // MARK: Servers

    /// Starts the ledger, and the brokers and witnesses that run; returns once the ledger has a cosigned checkpoint.
    func start() async throws {
        for name in shape.running + ["ledger"] where processes[name] == nil { try start(name) }
        let ledger = HTTPSource(url: url("ledger"))
        for _ in 0..<600 {
            if let checkpoint = try? await ledger.checkpoint(), !checkpoint.isEmpty { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw BenchError("the ledger has published no checkpoint within 30 s; see \(directory)/ledger.log")
    }

    private func start(_ name: String) throws {
        let role = name == "ledger" ? "ledger" : name == "north" ? "witness" : "broker"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: binary)
        process.arguments =
            ["serve", role, "--dir", "\(directory)/\(name)", "--key", "\(directory)/\(name).key", "--charter"]
            + ["\(directory)/charter", "--listen", "127.0.0.1:\(ports[name] ?? 0)"]
            + (role == "broker" ? ["--storage-key", "\(storage)/\(name)"] : [])
        _ = FileManager.default.createFile(atPath: "\(directory)/\(name).log", contents: nil)
        let log = FileHandle(forWritingAtPath: "\(directory)/\(name).log")
        process.standardError = log
        process.standardOutput = log
        process.standardInput = FileHandle.nullDevice
        try process.run()
        processes[name] = process
    }

    /// Ends one server's process, and waits for its end.
    func end(_ name: String) {
        guard let process = processes.removeValue(forKey: name) else { return }
        process.terminate()
        process.waitUntilExit()
    }

    /// Ends all server processes that it started.
    func stop() {
        for process in processes.values { process.terminate() }
        for process in processes.values { process.waitUntilExit() }
        processes = [:]
    }

    func port(_ name: String) -> Int { ports[name] ?? 0 }

    func url(_ name: String) -> String { "http://127.0.0.1:\(ports[name] ?? 0)" }

    /// The resident memory of a server's process, in bytes.
    func resident(_ name: String) -> Double { processes[name].flatMap { residentBytes($0.processIdentifier) } ?? .nan }

    /// How many descriptors a server's process has open.
    func descriptors(_ name: String) -> Double {
        guard let process = processes[name] else { return .nan }
        let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/fd")
        return names.map { Double($0.count) } ?? .nan
    }

    /// The processor time that these servers' processes have used, in seconds.
    func processorSeconds(_ names: [String]) -> Double {
        names.compactMap { processes[$0] }.reduce(0) { $0 + Bench.processorSeconds("\($1.processIdentifier)") }
    }

    /// The servers that run beside the ledger.
    var cosigners: [String] { shape.running }

    // MARK: Statements

    func key(_ name: String) throws -> OrgKeyFile { try organisation.key(name) }

    func sign(_ statement: some StatementContent, _ names: [String]) throws -> SignedNote {
        try organisation.sign(statement, names)
    }

    func heading(_ span: Milliseconds = 3_000_000) -> Heading {
        Heading(origin: Organisation.origin, until: now() + span)
    }

    var ledger: LedgerClient { LedgerClient(url: url("ledger")) }

    /// Appends a statement; throws if it is refused.
    func append(_ note: SignedNote) async throws { _ = try await ledger.append(note) }

    func client(_ name: String) throws -> BrokerClient {
        let key = try key(name)
        guard let sealing = key.sealingKey?.publicKey else { throw BenchError("no broker \(name)") }
        return BrokerClient(
            url: url(name), origin: Organisation.origin, key: key.noteKey.publicKey, sealing: sealing)
    }
}

func now() -> Milliseconds { Milliseconds(clamping: Date().timeIntervalSince1970 * 1000) }

/// Free ports on loopback.
func freePorts(_ count: Int) throws -> [Int] {
    var sockets: [Int32] = []
    defer { for socket in sockets { close(socket) } }
    return try (0..<count).map { _ in
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        sockets.append(socket)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard result else { throw BenchError("no free port on loopback") }
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}

extension Bench {
    /// The processor time of a process, or of `self`, in seconds.
    static func processorSeconds(_ process: String) -> Double {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let fields = text.split(separator: ")").last?.split(separator: " "), fields.count > 12,
            let user = Double(fields[11]), let system = Double(fields[12])
        else { return .nan }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}

/// The resident memory of a process in bytes, or with `VmHWM:` its peak.
func residentBytes(_ process: Int32, _ field: String = "VmRSS:") -> Double? {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
        let line = status.split(separator: "\n").first(where: { $0.hasPrefix(field) }),
        let kilobytes = Double(line.split(separator: " ").dropLast().last ?? "")
    else { return nil }
    return kilobytes * 1024
}
