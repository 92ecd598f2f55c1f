import Client
import Foundation
import Hummingbird
import Sealing
import Serving
import Testing

/// Certificates made on the fly by `openssl`, in a folder that goes with them.
final class TestAuthority: Sendable {
    let folder: String
    var certificate: String { folder + "/ca.pem" }

    init(_ name: String = "Test authority") throws {
        folder = NSTemporaryDirectory() + "coffer-tls-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
            "-out", "ca.pem", "-subj", "/CN=\(name)", "-days", "30")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A server's certificate, good for `127.0.0.1` unless told otherwise; days may lie in the past.
    func issue(_ name: String, for host: String = "IP:127.0.0.1", days: Int = 30) throws -> ServerCertificate {
        try Data("subjectAltName=\(host)\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name).ext"))
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\(name).key", "-out",
            "\(name).csr", "-subj", "/CN=\(name)")
        try openssl(
            "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
            "\(days)", "-extfile", "\(name).ext", "-out", "\(name).pem")
        return ServerCertificate(certificate: "\(folder)/\(name).pem", key: "\(folder)/\(name).key")
    }

    func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CofferError(.bug, "openssl \(arguments)") }
    }
}

@Suite(
    "TLS", .timeLimit(.minutes(2)),
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl"), "openssl makes the certificates"))
struct TLSTests {
    private let authority: TestAuthority
    private static let now: @Sendable () -> Milliseconds = SystemClock.now

    init() throws { authority = try TestAuthority() }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("hello") { _, _ in "hello" }
        return router
    }

    private func get(_ url: String, trusting file: String?) async throws -> HTTPReply {
        try await HTTPConnection(timeout: 10, authorities: CertificateAuthorities(file: file))
            .get(url + "/hello", atMost: 1_000)
    }

    @Test("A client that trusts the authority is served; one that trusts another, or the system's, is not")
    func trust() async throws {
        let other = try TestAuthority("Another")
        let certificate = try authority.issue("server")
        try await RunningServer.serve(router()) { $0.certificate = certificate } _: { server in
            #expect(server.url.hasPrefix("https://127.0.0.1:"))
            #expect(try await get(server.url, trusting: authority.certificate).status == 200)
            for file in [other.certificate, nil] {
                let error = await #expect(throws: CofferError.self) { try await get(server.url, trusting: file) }
                #expect(error?.code == .tryLater && error?.hint?.contains("COFFER_CA_FILE") == true)
            }
        }
    }

    @Test("A certificate for another name is not taken")
    func otherName() async throws {
        let certificate = try authority.issue("server", for: "DNS:other.example,IP:127.0.0.2")
        try await RunningServer.serve(router()) { $0.certificate = certificate } _: { server in
            let error = await #expect(throws: CofferError.self) {
                try await get(server.url, trusting: authority.certificate)
            }
            #expect(error?.code == .tryLater)
        }
    }

    @Test("Plain HTTP to a TLS port is told so; a client of TLS to a plain port fails")
    func plain() async throws {
        let certificate = try authority.issue("server")
        try await RunningServer.serve(router()) { $0.certificate = certificate } _: { server in
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
        let certificate = try authority.issue("server")
        try await RunningServer.serve(router()) { run in
            run.certificate = certificate
            run.limits.idle = .milliseconds(200)
        } _: { server in
            for start in ["", "\u{16}\u{3}\u{1}"] {
                #expect(try await RawConnection.exchange(port: server.port) { try await $0(start) } == "")
            }
        }
    }

    @Test("Below TLS 1.2 there is no handshake")
    func versions() async throws {
        let certificate = try authority.issue("server")
        let folder = authority.folder
        try await RunningServer.serve(router()) { $0.certificate = certificate } _: { server in
            func connects(_ version: String) async -> Bool {
                await withCheckedContinuation { continuation in
                    Thread.detachNewThread {
                        let process = Process()
                        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
                        process.arguments = [
                            "s_client", "-connect", "127.0.0.1:\(server.port)", version, "-CAfile", folder + "/ca.pem",
                            "-cipher", "ALL:@SECLEVEL=0", "-verify_return_error",
                        ]
                        process.standardInput = FileHandle.nullDevice
                        process.standardOutput = FileHandle.nullDevice
                        process.standardError = FileHandle.nullDevice
                        let ran = (try? process.run()) != nil
                        if ran { process.waitUntilExit() }
                        continuation.resume(returning: ran && process.terminationStatus == 0)
                    }
                }
            }
            #expect(await connects("-tls1_3") && connects("-tls1_2"))
            let old = await (connects("-tls1_1"), connects("-tls1"))
            #expect(old == (false, false))
        }
    }

    @Test("Files that are missing, are none, do not belong together or are out of their time: a sentence and 78")
    func files() throws {
        let good = try authority.issue("server")
        let other = try authority.issue("other")
        let ended = try authority.issue("ended", days: -1)
        try Data("no certificate".utf8).write(to: URL(fileURLWithPath: authority.folder + "/none"))
        try authority.openssl(
            "ec", "-in", "server.key", "-aes256", "-passout", "pass:secret", "-out", "locked.key")
        let none = authority.folder + "/none"
        let cases: [(String, String, String)] = [
            (none + "/x", good.key, "no file"), (good.certificate, none + ".x", "no file"),
            (none, good.key, "no certificates"), (good.certificate, none, "no private key"),
            (good.key, good.key, "no certificates"), (good.certificate, authority.folder + "/locked.key", "passphrase"),
            (good.certificate, other.key, "does not belong"), (ended.certificate, ended.key, "has ended"),
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

    @Test("A file of authorities that holds none is an error, never the system's authorities instead")
    func authorities() async throws {
        for file in [authority.folder + "/nothing", authority.folder + "/ca.key"] {
            let error = await #expect(throws: CofferError.self) {
                try await get("https://127.0.0.1:1", trusting: file)
            }
            #expect(error?.code == .configuration && error?.message.contains("COFFER_CA_FILE") == true)
        }
    }
}
