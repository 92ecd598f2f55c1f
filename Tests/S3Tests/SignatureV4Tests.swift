import CofferTestKit
import Foundation
import S3
import Sealing
import Testing

/// AWS's published suite: requests, what is signed of them, and signatures.
@Suite("Signature of requests")
struct SignatureV4Tests {
    private static let folder = SharedFiles.url("vectors/sigv4")

    /// Those that resolve dots and slashes in paths, which S3 does not do.
    private static let resolved: Set = [
        "get-relative-normalized", "get-relative-relative-normalized", "get-slash-dot-slash-normalized",
        "get-slash-normalized", "get-slash-pointless-dot-normalized", "get-slashes-normalized",
    ]

    private static var names: [String] {
        let all = folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0.path) } ?? []
        return all.filter { ($0.hasPrefix("get-") || $0.hasPrefix("post-")) && !resolved.contains($0) }.sorted()
    }

    private struct Context: Decodable {
        struct Keys: Decodable {
            let accessKeyId: String
            let secretAccessKey: String
            let token: String?
        }

        let credentials: Keys
        let region: String
        let service: String
        let timestamp: String
        let omitSessionToken: Bool?
        let signBody: Bool
    }

    private struct Request {
        var method = ""
        var path = ""
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var body: Bytes = []

        init(_ text: String) {
            let parts = text.components(separatedBy: "\n\n")
            let trimmed = text.hasPrefix("\n") ? String(text.dropFirst()) : text
            let lines = (parts.count > 1 ? trimmed.components(separatedBy: "\n\n")[0] : trimmed)
                .split(separator: "\n", omittingEmptySubsequences: true)
            let words = lines[0].split(separator: " ")
            method = String(words[0])
            let target = words[1..<words.count - 1].joined(separator: " ")
                .split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            path = String(target[0])
            for pair in target.dropFirst().first?.split(separator: "&") ?? [] {
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let value = sides.count > 1 ? String(sides[1]) : ""
                query.append(
                    (String(sides[0]).removingPercentEncoding ?? "", value.removingPercentEncoding ?? ""))
            }
            for line in lines.dropFirst() {
                if line.hasPrefix(" ") {
                    headers[headers.count - 1].value += " " + line
                } else {
                    let sides = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                    headers.append((String(sides[0]), String(sides[1])))
                }
            }
            body = Array(trimmed.components(separatedBy: "\n\n").dropFirst().joined(separator: "\n\n").utf8)
        }
    }

    @Test(
        "A published request gets its published signature", .enabled(if: SharedFiles.has("vectors/sigv4")),
        arguments: names)
    func published(_ name: String) throws {
        let folder = try #require(Self.folder).appendingPathComponent(name)
        func text(_ file: String) throws -> String {
            String(decoding: try Data(contentsOf: folder.appendingPathComponent(file)), as: UTF8.self)
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let context = try decoder.decode(
            Context.self, from: Data(contentsOf: folder.appendingPathComponent("context.json")))
        var request = Request(try text("request.txt"))
        let time = Milliseconds(
            clamping: try Date(context.timestamp, strategy: .iso8601).timeIntervalSince1970 * 1_000)
        request.headers.append(("X-Amz-Date", SignatureV4.stamp(time)))
        if context.signBody { request.headers.append(("X-Amz-Content-Sha256", Hash256(of: request.body).hex)) }
        if let token = context.credentials.token, context.omitSessionToken != true {
            request.headers.append(("X-Amz-Security-Token", token))
        }
        let signed = SignatureV4(region: context.region, service: context.service).sign(
            request.method, path: request.path, query: request.query, headers: request.headers, body: request.body,
            at: time,
            with: try Credentials(
                name: context.credentials.accessKeyId, secret: context.credentials.secretAccessKey,
                token: context.credentials.token))
        let canonical = try text("header-canonical-request.txt")
        let toSign = try text("header-string-to-sign.txt")
        let signature = try text("header-signature.txt")
        let whole = try text("header-signed-request.txt")
        #expect(signed.canonicalRequest == canonical)
        #expect(signed.stringToSign == toSign)
        #expect(signed.signature == signature)
        #expect(whole.contains("Authorization:\(signed.authorization)"))
    }

    @Test("The suite is read as a whole", .enabled(if: SharedFiles.has("vectors/sigv4")))
    func wholeSuite() { #expect(Self.names.count == 32) }

    @Test("The published example of a request to S3 gets its signature")
    func example() throws {
        let time = Milliseconds(
            clamping: try Date("2013-05-24T00:00:00Z", strategy: .iso8601).timeIntervalSince1970 * 1_000)
        let signed = SignatureV4(region: "us-east-1", service: "s3").sign(
            "GET", path: "/test.txt", query: [],
            headers: [
                ("host", "examplebucket.s3.amazonaws.com"), ("range", "bytes=0-9"),
                ("x-amz-content-sha256", Hash256(of: Bytes()).hex), ("x-amz-date", SignatureV4.stamp(time)),
            ], body: [], at: time,
            with: try Credentials(
                name: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"))
        #expect(signed.signature == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }
}
