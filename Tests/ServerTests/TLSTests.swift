import Client
import Foundation
import Hummingbird
import Messages
import Sealing
import Testing

@testable import Serving

/// Certificates made on the fly by `openssl`, in a folder that goes with them.
final class TestAuthority: Sendable {
    let directory: String
    var certificate: String { directory + "/ca.pem" }

    init(_ name: String = "Test authority") async throws {
        directory = NSTemporaryDirectory() + "coffer-tls-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try await openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
            "-out", "ca.pem", "-subj", "/CN=\(name)", "-days", "30")
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// A server's certificate, good for `127.0.0.1` unless told otherwise; days may lie in the past.
    func issue(_ name: String, for host: String = "IP:127.0.0.1", days: Int = 30) async throws -> ServerCertificate {
        try Data("subjectAltName=\(host)\n".utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name).ext"))
        try await openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\(name).key", "-out",
            "\(name).csr", "-subj", "/CN=\(name)")
        try await openssl(
            "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
            "\(days)", "-extfile", "\(name).ext", "-out", "\(name).pem")
        return ServerCertificate(certificate: "\(directory)/\(name).pem", key: "\(directory)/\(name).key")
    }

    func openssl(_ arguments: String...) async throws {
        guard await Self.openssl(arguments, in: directory) else { throw CofferError(.bug, "openssl \(arguments)") }
    }

    /// Whether it ended well. It runs and is waited for on a thread of its own.
    static func openssl(_ arguments: [String], in directory: String) async -> Bool {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
                process.arguments = arguments
                process.currentDirectoryURL = URL(fileURLWithPath: directory)
                process.standardInput = FileHandle.nullDevice
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                let isRunning = (try? process.run()) != nil
                if isRunning { process.waitUntilExit() }
                continuation.resume(returning: isRunning && process.terminationStatus == 0)
            }
        }
    }
}

@Suite(
    "TLS", .timeLimit(.minutes(15)),
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl"), "openssl makes the certificates"))
struct TLSTests {
    private let authority: TestAuthority
    private static let now: @Sendable () -> Milliseconds = SystemClock.now

    init() async throws { authority = try await TestAuthority() }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("hello") { _, _ in "hello" }
        return router
    }

    private func get(_ url: String, trusting file: String?) async throws -> HTTPReply {
        try await HTTPConnection(timeout: 60, authorities: CertificateAuthorities(file: file))
            .get(url + "/hello", atMost: 1_000)
    }

    @Test("A client that trusts the authority is served; one that trusts another, or the system's, is not")
    func trust() async throws {
        let other = try await TestAuthority("Another")
        let certificate = try await authority.issue("server")
        try await RunningServer.serve(router()) {
            $0.certificate = certificate
        } _: { server in
            #expect(server.url.hasPrefix("https://127.0.0.1:"))
            let reply = try await get(server.url, trusting: authority.certificate)
            #expect(reply.status == 200)
            for file in [other.certificate, nil] {
                let error = await #expect(throws: CofferError.self) { try await get(server.url, trusting: file) }
                #expect(error?.code == .tryLater && error?.hint?.contains("COFFER_CA_FILE") == true)
            }
        }
    }

    @Test("A certificate for another name is not taken")
    func otherName() async throws {
        let certificate = try await authority.issue("server", for: "DNS:other.example,IP:127.0.0.2")
        try await RunningServer.serve(router()) {
            $0.certificate = certificate
        } _: { server in
            let error = await #expect(throws: CofferError.self) {
                try await get(server.url, trusting: authority.certificate)
            }
            #expect(error?.code == .tryLater)
        }
    }

    @Test("A renewed certificate is shown to new connections; one that cannot be used changes nothing")
    func renewal() async throws {
        let log = KeptLog()
        let files = try await authority.issue("server")
        let other = try await TestAuthority("Another")
        let renewed = try await other.issue("server")
        func replace(_ new: ServerCertificate) throws {
            for (from, to) in [(new.certificate, files.certificate), (new.key, files.key)] {
                try Data(contentsOf: URL(fileURLWithPath: from)).write(to: URL(fileURLWithPath: to))
            }
        }
        let keeper = try TLSKeeper(files, logger: log.logger(), now: Self.now)
        let first = keeper.context
        try Data("nothing".utf8).write(to: URL(fileURLWithPath: files.key))
        keeper.reload()
        #expect(keeper.context === first && log.text.contains(ServerEvent.certificateRefused.rawValue))
        try replace(renewed)
        keeper.reload()
        #expect(keeper.context !== first && keeper.context != nil)
        // Without a certificate SIGHUP is heard, and ends nothing.
        try TLSKeeper(nil, logger: log.logger(), now: Self.now).reload()
        #expect(log.text.contains(ServerEvent.nothingToReload.rawValue))
        let soon = try await authority.issue("soon", days: 3)
        chmod(soon.key, 0o644)
        _ = try TLSKeeper(soon, logger: log.logger(), now: Self.now)
        #expect(log.text.contains(ServerEvent.certificateEnds.rawValue))
        #expect(log.text.contains(ServerEvent.keyIsReadable.rawValue))
    }

    @Test("Plain HTTP to a TLS port is told so; a client of TLS to a plain port fails")
    func plain() async throws {
        let certificate = try await authority.issue("server")
        try await RunningServer.serve(router()) {
            $0.certificate = certificate
        } _: { server in
            let plain = server.url.replacingOccurrences(of: "https", with: "http")
            let reply = try await get(plain, trusting: nil)
            #expect(reply.status == 400 && String(decoding: reply.body, as: UTF8.self).contains("https://"))
        }
        try await RunningServer.serve(router()) { server in
            let secure = server.url.replacingOccurrences(of: "http", with: "https")
            let error = await #expect(throws: CofferError.self) {
                try await get(secure, trusting: authority.certificate)
            }
            #expect(error?.code == .tryLater)
        }
    }

    @Test("A connection that never finishes its handshake is ended")
    func handshake() async throws {
        let certificate = try await authority.issue("server")
        try await RunningServer.serve(router()) { run in
            run.certificate = certificate
            run.limits.idle = .milliseconds(200)
        } _: { server in
            for start in ["", "\u{16}\u{3}\u{1}"] {
                let reply = try await RawConnection.exchange(port: server.port) { try await $0(start) }
                #expect(reply == "")
            }
        }
    }

    @Test("Below TLS 1.2 there is no handshake")
    func versions() async throws {
        let certificate = try await authority.issue("server")
        let directory = authority.directory
        try await RunningServer.serve(router()) {
            $0.certificate = certificate
        } _: { server in
            func connects(_ version: String) async -> Bool {
                await TestAuthority.openssl(
                    [
                        "s_client", "-connect", "127.0.0.1:\(server.port)", version, "-CAfile", "ca.pem", "-cipher",
                        "ALL:@SECLEVEL=0", "-verify_return_error",
                    ], in: directory)
            }
            for (version, isTaken) in [("-tls1_3", true), ("-tls1_2", true), ("-tls1_1", false), ("-tls1", false)] {
                #expect(await connects(version) == isTaken, "\(version)")
            }
        }
    }

    @Test("Files that are missing, malformed, expired or do not belong together give a sentence and 78")
    func files() async throws {
        let good = try await authority.issue("server")
        let other = try await authority.issue("other")
        let ended = try await authority.issue("ended", days: -1)
        try Data("no certificate".utf8).write(to: URL(fileURLWithPath: authority.directory + "/none"))
        try await authority.openssl(
            "ec", "-in", "server.key", "-aes256", "-passout", "pass:secret", "-out", "locked.key")
        let none = authority.directory + "/none"
        let cases: [(String, String, String)] = [
            (none + ".x", good.key, "no file"), (good.certificate, none + ".x", "no file"),
            (none, good.key, "no certificates"), (good.certificate, none, "no private key"),
            (good.key, good.key, "no certificates"),
            (good.certificate, authority.directory + "/locked.key", "passphrase"),
            (good.certificate, other.key, "does not belong"), (ended.certificate, ended.key, "has expired"),
        ]
        for (certificate, key, words) in cases {
            let error = #expect(throws: CofferError.self) {
                try ServerCertificate(certificate: certificate, key: key).load(now: Self.now())
            }
            #expect(error?.code == .configuration && error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
        let before = Self.now() - 10 * millisecondsPerDay
        #expect(throws: CofferError(.configuration, "")) { try good.load(now: before) }
        let days = try good.load(now: Self.now()).daysLeft(at: Self.now())
        #expect((29...30).contains(days))
    }

    @Test("A file without authorities is an error, and the system's authorities are not used instead")
    func authorities() async throws {
        for file in [authority.directory + "/nothing", authority.directory + "/ca.key"] {
            let error = await #expect(throws: CofferError.self) {
                try await get("https://127.0.0.1:1", trusting: file)
            }
            #expect(error?.code == .configuration && error?.message.contains("COFFER_CA_FILE") == true)
        }
    }
}
