import Broker
import BrokerServer
import Client
import CofferTestKit
import DeskServer
import FoundationEssentials
import Hummingbird
import Keys
import LedgerServer
import Logging
import Messages
import NIOCore
import Rules
import Sealing
import Serving
import Testing

@Suite("Logs", .timeLimit(.minutes(15)))
struct LogTests {
    @Test("A line is one event and its fields, as text or as JSON", arguments: LogFormat.allCases)
    func lines(format: LogFormat) throws {
        let log = KeptLog()
        log.logger(.info, format: format).say(.warning, .noQuorum, [.size: .number(7), .reason: .word("unavailable")])
        log.logger(.info, format: format).say(.debug, .batch)
        let lines = log.text.split(separator: "\n")
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        switch format {
        case .json:
            struct Line: Decodable { let time, level, event, reason: String; let size: Int }
            let parsed = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
            #expect(parsed.level == "warning" && parsed.size == 7 && parsed.reason == "unavailable")
            #expect(parsed.event == ServerEvent.noQuorum.rawValue && parsed.time.hasSuffix("Z"))
        case .text:
            #expect(line.hasSuffix(#"Z warning event="\#(ServerEvent.noQuorum.rawValue)" reason=unavailable size=7"#))
        }
    }

    @Test("Names in the log are letters, so that no line needs quoting")
    func names() {
        for field in LogField.allCases { #expect(field.rawValue.allSatisfy { $0.isASCII && $0.isLetter }) }
        for event in ServerEvent.allCases {
            #expect(!event.rawValue.contains { $0 == "\"" || $0 == "\n" || $0 == "\\" })
        }
    }

    @Test("Only our own events and fields are logged, also when others log")
    func foreign() {
        let log = KeptLog()
        let logger = log.logger()
        logger.critical("secret", metadata: ["status": "secret", "secret": "1"])
        logger.log(level: .info, "\(ServerEvent.batch.rawValue)", metadata: ["status": "secret", "secret": "secret"])
        logger[metadataKey: "route"].map { _ in }
        #expect(!log.text.contains("secret"))
        #expect(log.text.contains(ServerEvent.library.rawValue) && log.text.contains("critical"))
        #expect(log.text.contains(#""place":"ServerTests/LogTests.swift:\#(#line - 5)""#))
        logger.critical("secret", file: "secret\" of=a request", line: 7)
        #expect(log.text.contains(#""place":"unknown""#))
        let router = Router.answeringFailures()
        router.get("known/:name") { _, _ in "" }
        let routes = RoutePatterns(router)
        let remote = CofferError(.tampering, "secret", rule: "secret", hint: "secret")
        logger.say(
            .error, .cannotFollow,
            [.code: .code(remote), .rule: .rule(remote), .route: .route("/secret", of: routes)])
        struct secret_in_description: Error, CustomStringConvertible { let description = "secret" }
        logger.say(.error, .unexpected, [.type: .type(of: CofferError(.bug, "secret"))])
        #expect(!log.text.contains("secret"))
    }

    @Test("A request stands in the log by the pattern of its route, at every route of every server")
    func routes() async throws {
        let served = try await ServedOrganisation()
        let ledger = Router.answeringFailures()
        served.ledger.addRoutes(to: ledger)
        for router in [try served.house("acme-1").router(stop: served.stop), served.desk.router(), ledger] {
            let log = KeptLog()
            let routes = router.routes.map { (pattern: $0.path.description, isPost: $0.method == .post) }
            try await RunningServer.serve(router, logger: log.logger(format: .text)) { server in
                for (pattern, isPost) in routes {
                    let parts = pattern.split(separator: "/").map { ":*".contains($0.prefix(1)) ? "1" : $0 }
                    let url = "\(server.url)/\(parts.joined(separator: "/"))"
                    if isPost {
                        _ = try await HTTPConnection().post(url, [], atMost: 1 << 20)
                    } else {
                        _ = try await HTTPConnection().get(url, atMost: 1 << 20)
                    }
                }
            }
            #expect(!routes.isEmpty && !log.text.contains("route=none"))
            for (pattern, _) in routes { #expect(log.text.contains("route=\(pattern) "), "\(pattern)") }
        }
    }

    /// Every way in which a canary might stand in a log.
    private static func forms(of bytes: Bytes) -> [String] {
        let hex = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        // Base64 of it, and of what begins one or two bytes earlier: whatever it is a part of.
        let base64 = (0..<3).map { shift in
            let whole = Data(Bytes(repeating: 0, count: shift) + bytes).base64EncodedString()
            return String(whole.dropFirst(shift == 0 ? 0 : 4).dropLast(4))
        }
        var forms = [hex, hex.uppercased(), hex.prefix(16) + ""] + base64
        if let text = String(validating: bytes, as: UTF8.self) { forms.append(text) }
        return forms.filter { $0.count >= 8 }
    }

    @Test("At trace, no word that an outsider chose is in any server's log", arguments: LogFormat.allCases)
    func canaries(format: LogFormat) async throws {
        let log = KeptLog()
        let served = try await ServedOrganisation(logger: log.logger(.trace, format: format))
        let word = "canary" + String(UInt64.random(in: 1 << 40 ... .max), radix: 36)
        var canaries: [Bytes] = [Array(word.utf8)]
        let traveller = try WholeRoadTests()
        canaries += traveller.person.map(\.publicKey.bytes)
        let found = try await withKept { keep in
            try await served.runOverSockets { sockets in
                try await traveller.enrol(served)
                let road = try await traveller.consent(served, words: word)
                let release = try await traveller.release(served, road)
                _ = try await traveller.ask(served, "acme-1", road, release)
                keep([road.consent.hash.bytes, road.grant.bytes, road.page.bytes, release.bytes])
                // Asks that are refused: another app, a release that is not there, another's signature.
                let job = try served.organisation.key("job").noteKey
                for (app, hash) in [(word, release), ("code", Hash256(of: Array(word.utf8)))] {
                    let ask = Ask(
                        origin: Organisation.origin, release: hash, recipient: traveller.recipient.publicKey,
                        positions: [AskPosition(at: 0, kind: "keys", app: app, day: road.day)])
                    await #expect(throws: CofferError.self) { try await served.client("acme-1").ask(ask, as: job) }
                }
                // Bodies, paths, queries and headers that nobody expects.
                let body = Array("\(word)\n\n— \(word) AAAAAAA=\n".utf8)
                for (name, url) in sockets.urls {
                    for path in [
                        "ask", "deposit", "deposit/key", "stop", "append", "enrol", "add-checkpoint", word,
                        "\(word)/checkpoint", "deposit/\(word)", "tile/\(word)", "charter?\(word)", "%00\(word)",
                    ] {
                        for bytes in [body, Array("old 0\n\n".utf8) + body, Bytes(repeating: 0, count: 33) + body] {
                            _ = try await HTTPConnection().post("\(url)/\(path)", bytes, atMost: 1 << 20)
                        }
                        _ = try await HTTPConnection().get("\(url)/\(path)", atMost: 1 << 20)
                    }
                    let port = Int(url.split(separator: ":").last ?? "") ?? 0
                    for request in [
                        "GET /\(word) HTTP/1.1\r\nhost: \(word)\r\ncookie: \(word)\r\nuser-agent: \(word)\r\n"
                            + "connection: close\r\n\r\n",
                        "\(word) /\(word) HTTP/9.9\r\n\r\n", "GET /ask HTTP/1.1\r\n\(word)\u{1}: x\r\n\r\n",
                        "POST /ask HTTP/1.1\r\nhost: a\r\ncontent-length: \(word)\r\nconnection: close\r\n\r\n",
                        "POST /stop HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n\(word)\r\n",
                    ] {
                        let reply = try await RawConnection.exchange(port: port) { try await $0(request) }
                        #expect(!reply.contains("200 OK"), "\(name)")
                    }
                }
                // A ledger whose words are chosen by somebody else, and other brokers like it.
                for name in ["ledger", "acme-2", "acme-3", "council-1"] {
                    served.transport.route("http://\(name)/") { _ in .refusal(rule: word) }
                }
                await #expect(throws: CofferError.self) { try await served.house("acme-1").broker.follow() }
            }
        }
        canaries += found
        let text = log.text
        // It was listening: requests of every kind are there, by their pattern.
        for route in ["/ask", "/append", "/enrol", "/deposit", "/deposit/key", "/add-checkpoint", "/stop"] {
            #expect(text.contains(format == .json ? "\"route\":\"\(route)\"" : "route=\(route) "), "\(route)")
        }
        for canary in canaries {
            for form in Self.forms(of: canary) { #expect(!text.contains(form), "\(form)") }
        }
        // And the search finds what is there.
        #expect(Self.forms(of: Array("request answered".utf8)).contains { text.contains($0) })
    }

    private func withKept(_ body: (@escaping @Sendable ([Bytes]) -> Void) async throws -> Void) async throws -> [Bytes]
    {
        let kept = Kept()
        try await body { kept.add($0) }
        return kept.all
    }
}
