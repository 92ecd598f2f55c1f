import Client
import Foundation
import Lake
import S3
import Sealing
import Synchronization
import Testing

@Suite("Keys for a lake's store")
struct CredentialTests {
    /// Answers by method and URL, and keeps what was asked.
    private final class Service: HTTPExchanging {
        private let answers: [String: String]
        private let requests = Mutex<[String]>([])

        /// What was asked, with its header.
        var asked: [String] { requests.withLock(\.self) }

        init(_ answers: [String: String]) { self.answers = answers }

        func exchange(_ request: HTTPExchange, atMost limit: Int) async throws(CofferError) -> HTTPAnswer {
            let header = request.headers.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            requests.withLock { $0.append("\(request.method) \(request.url) \(header)") }
            guard let text = answers["\(request.method) \(request.url)"] else { return HTTPAnswer(status: 404) }
            return HTTPAnswer(status: 200, body: Array(text.utf8))
        }
    }

    private static let role = "http://169.254.169.254/latest/meta-data/iam/security-credentials/"
    private static let temporary =
        #"{"AccessKeyId":"AKROLE","SecretAccessKey":"s","Token":"t","Expiration":"2026-12-01T06:00:00Z"}"#
    private let noService = Service([:])

    private func withFile<R>(_ text: String, _ body: (String) async throws -> R) async throws -> R {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(UUID().uuidString)").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }

    @Test("The variables give keys when both are there and not empty")
    func variables() async throws {
        let all = ["AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "s"]
        #expect(try EnvironmentCredentials(all).credentials()?.name == "AK")
        for missing in all.keys {
            #expect(try EnvironmentCredentials(all.filter { $0.key != missing }).credentials() == nil)
            #expect(try EnvironmentCredentials(all.merging([missing: ""]) { $1 }).credentials() == nil)
        }
    }

    @Test(
        "Keys that could break out of a header field are refused",
        arguments: ["A K", "A\r\nx: y", "é", "A\u{7f}", String(repeating: "a", count: 8_193)])
    func forms(_ text: String) {
        for (name, secret, token) in [(text, "s", "t"), ("A", text, "t"), ("A", "s", text)] {
            let error = #expect(throws: CofferError(.configuration, "", rule: "lake.credentials")) {
                try Credentials(name: name, secret: secret, token: token)
            }
            #expect(error?.message.contains(text) == false && error?.hint?.contains(text) == false)
        }
    }

    @Test("The shared file gives the keys of the profile, whatever its spaces and comments")
    func profiles() async throws {
        let text = """
            # keys
            [default]
            aws_access_key_id = AKDEFAULT
            aws_secret_access_key=a=b/+
            [ acme ]
            AWS_ACCESS_KEY_ID=AKACME\r
              aws_secret_access_key =  s
            region = eu-west-1
            [empty]
            aws_access_key_id =
            aws_secret_access_key = s
            """
        try await withFile(text) { path async throws in
            func name(_ more: [String: String]) throws -> String? {
                try ProfileCredentials(["AWS_SHARED_CREDENTIALS_FILE": path].merging(more) { $1 }).credentials()?.name
            }
            #expect(try name([:]) == "AKDEFAULT")
            #expect(try name(["AWS_PROFILE": "acme"]) == "AKACME")
            for profile in ["empty", "other", "keys"] {
                #expect(throws: CofferError(.configuration, "", rule: "lake.credentials")) {
                    try name(["AWS_PROFILE": profile])
                }
            }
        }
        #expect(try ProfileCredentials(["HOME": "/nowhere"]).credentials() == nil)
        #expect(try ProfileCredentials([:]).credentials() == nil)
        #expect(throws: CofferError(.configuration, "", rule: "lake.credentials")) {
            try ProfileCredentials(["AWS_SHARED_CREDENTIALS_FILE": "/nowhere/keys"]).credentials()
        }
    }

    @Test("A machine's role gives keys by a token; what it answers instead is refused")
    func machine() async throws {
        let token = "PUT http://169.254.169.254/latest/api/token"
        let service = Service([
            token: "T0ken==", "GET \(Self.role)": "writer", "GET \(Self.role)writer": Self.temporary,
        ])
        #expect(try await RoleCredentials([:], transport: service).credentials()?.name == "AKROLE")
        let asked = service.asked.dropFirst()
        #expect(asked.allSatisfy { $0.hasSuffix("X-aws-ec2-metadata-token=T0ken==") })
        for answers in [
            [:], [token: ""], [token: "T", "GET \(Self.role)": "../../other"], [token: "T\r\nx: y"],
            [token: "T", "GET \(Self.role)": "writer", "GET \(Self.role)writer": "{}"],
            [
                token: "T", "GET \(Self.role)": "writer",
                "GET \(Self.role)writer": Self.temporary.replacing("2026-12-01T06:00:00Z", with: "soon"),
            ],
        ] {
            await #expect(throws: CofferError(.tryLater, "", rule: "lake.credentials")) {
                try await RoleCredentials([:], transport: Service(answers)).credentials()
            }
        }
    }

    @Test("A container's keys come from its own cloud, this machine, or over TLS")
    func container() async throws {
        let service = Service(["GET http://169.254.170.2/v2/x": Self.temporary])
        let relative = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"]
        #expect(try await RoleCredentials(relative, transport: service).credentials()?.name == "AKROLE")
        for url in [
            "http://store.example/keys", "http://127.0.0.1.example/keys", "http://127.0.0.1@store.example/keys",
            "file:///etc/passwd", "http://127.0.0.1:80@store.example/",
        ] {
            let full = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "secret"]
            await #expect(throws: CofferError(.tryLater, "", rule: "lake.credentials")) {
                try await RoleCredentials(full, transport: noService).credentials()
            }
        }
        #expect(noService.asked.isEmpty)
        for url in ["https://keys.example/x", "http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:1/x"] {
            let near = Service(["GET \(url)": Self.temporary])
            let full = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "secret"]
            #expect(try await RoleCredentials(full, transport: near).credentials()?.name == "AKROLE")
            #expect(near.asked.first?.hasSuffix("Authorization=secret") == true)
        }
    }

    @Test("The first place that has keys is taken; a role is asked only where it is allowed; nobody has keys by chance")
    func chain() async throws {
        let variables = ["AWS_ACCESS_KEY_ID": "AKVAR", "AWS_SECRET_ACCESS_KEY": "s"]
        let address = "s3://lake?endpoint=http://store.example"
        func authorization(_ access: LakeAccess, _ environment: [String: String]) async throws -> String? {
            let service = Service([
                "GET http://store.example/lake?versioning=": "", "PUT http://169.254.169.254/latest/api/token": "T",
                "GET \(Self.role)": "writer", "GET \(Self.role)writer": Self.temporary,
            ])
            let lake = try LakeOpener(access: access, environment: environment, transport: service) { 0 }.open(address)
            do throws(CofferError) { _ = try await lake.exists(Hash256(of: [1])) } catch {
                guard error.rule == "lake.store" else { throw error }
            }
            let asked = try #require(service.asked.last)
            return asked.firstRange(of: "Credential=").map { String(asked[$0.upperBound...].prefix { $0 != "/" }) }
        }
        try await withFile("[default]\naws_access_key_id=AKFILE\naws_secret_access_key=s\n") { path async throws in
            let file = ["AWS_SHARED_CREDENTIALS_FILE": path]
            let both = variables.merging(file) { $1 }
            #expect(try await authorization(.job(usesRole: false), both) == "AKVAR")
            #expect(try await authorization(.job(usesRole: true), file) == "AKFILE")
            #expect(try await authorization(.job(usesRole: true), [:]) == "AKROLE")
            #expect(try await authorization(.employee, both) == "AKFILE")
            #expect(try await authorization(.everyone, both) == nil)
        }
        for access: LakeAccess in [.employee, .job(usesRole: false)] {
            await #expect(throws: CofferError(.configuration, "", rule: "lake.credentials")) {
                try await authorization(access, access == .employee ? variables : [:])
            }
        }
    }

    @Test("Temporary keys are asked for again before they expire, and not before")
    func expiry() async throws {
        final class Counting: CredentialProvider {
            private let times = Mutex(0)
            var count: Int { times.withLock(\.self) }

            func credentials() throws(CofferError) -> Credentials? {
                times.withLock { $0 += 1 }
                return try Credentials(name: "A", secret: "s", expiry: 1_000_000)
            }
        }
        let counting = Counting()
        let clock = Mutex<Milliseconds>(0)
        let store = Service([:])
        let chain = CredentialChain([counting]) { clock.withLock(\.self) }
        guard case .bucket(let address) = try LakeAddress(parsing: "s3://lake") else { return }
        let lake = S3Lake(address, credentials: chain, transport: store, budget: RetryBudget { _ in }) { 0 }
        for (time, count): (Milliseconds, Int) in [(0, 1), (699_999, 1), (700_000, 2), (2_000_000, 3)] {
            clock.withLock { $0 = time }
            _ = try? await lake.exists(Hash256(of: [1]))
            #expect(counting.count == count)
        }
    }

    @Test("What a charter or a variable names wrongly is 78; a folder that a reader lacks is, too")
    func wrongPlaces() {
        let opener = LakeOpener(access: .job(usesRole: false), environment: [:]) { 0 }
        for text in ["s3:///x", "https://lake.example", "file://relative"] {
            #expect(throws: CofferError(.configuration, "", rule: "lake.address")) { try opener.open(text) }
            #expect(throws: CofferError(.configuration, "", rule: "lake.address")) {
                try opener.naming(text).open("/")
            }
        }
        #expect(throws: CofferError(.configuration, "")) { try opener.open("/nowhere/lake") }
    }
}
