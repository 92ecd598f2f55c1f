package import Client
import FoundationEssentials
package import Sealing

/// Temporary keys of a machine's or a container's role, from the service that the cloud gives each of them. Used only
/// where `--instance-credentials` asks for it: on a machine of many people, everyone could ask.
package struct RoleCredentials: CredentialProvider {
    /// Where a container's keys come from; nil for a machine's.
    private let container: String?
    private let environment: [String: String]
    private let transport: any HTTPExchanging

    private static let machine = "http://169.254.169.254/latest"
    private static let limit = 64 << 10

    package init(_ environment: [String: String], transport: any HTTPExchanging) {
        let relative = environment.filled("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
        container =
            relative.map { "http://169.254.170.2\($0)" } ?? environment.filled("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        self.environment = environment
        self.transport = transport
    }

    package func credentials() async throws(CofferError) -> Credentials? {
        guard let container else { return try Self.parsed(try await ofMachine()) }
        guard Self.isNear(container) else { throw Self.failure }
        let token = environment.filled("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        return try Self.parsed(try await ask("GET", container, token.map { [("Authorization", $0)] } ?? []))
    }

    /// The second version of the service, whose token keeps a careless proxy out.
    private func ofMachine() async throws(CofferError) -> Bytes {
        let seconds = [("X-aws-ec2-metadata-token-ttl-seconds", "21600")]
        let token = String(
            decoding: try await ask("PUT", "\(Self.machine)/api/token", seconds), as: UTF8.self)
        let header = [("X-aws-ec2-metadata-token", token)]
        let roles = "\(Self.machine)/meta-data/iam/security-credentials/"
        let role = String(decoding: try await ask("GET", roles, header), as: UTF8.self)
        guard !token.isEmpty, !role.isEmpty, (token + role).utf8.allSatisfy(Self.isWordByte) else { throw Self.failure }
        return try await ask("GET", roles + role, header)
    }

    private func ask(
        _ method: String, _ url: String, _ headers: [(String, String)]
    ) async throws(CofferError) -> Bytes {
        let answer = try await transport.exchange(
            HTTPExchange(method, url, headers: headers.map { (name: $0, value: $1) }), atMost: Self.limit)
        guard answer.status == 200 else { throw Self.failure }
        return answer.body
    }

    private struct Answer: Decodable {
        let accessKeyId: String
        let secretAccessKey: String
        let token: String
        let expiration: String

        private enum CodingKeys: String, CodingKey {
            case accessKeyId = "AccessKeyId"
            case secretAccessKey = "SecretAccessKey"
            case token = "Token"
            case expiration = "Expiration"
        }
    }

    private static func parsed(_ bytes: Bytes) throws(CofferError) -> Credentials {
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(bytes)),
            let expiry = try? Date(answer.expiration, strategy: .iso8601)
        else { throw failure }
        return try Credentials(
            name: answer.accessKeyId, secret: answer.secretAccessKey, token: answer.token,
            expiry: Milliseconds(clamping: expiry.timeIntervalSince1970 * 1_000))
    }

    /// Keys come over TLS, or from this machine and its own cloud.
    private static func isNear(_ url: String) -> Bool {
        if url.hasPrefix("https://") { return true }
        let near = ["127.0.0.1", "localhost", "[::1]", "169.254.170.2", "169.254.170.23"]
        return near.contains { url.hasPrefix("http://\($0)/") || url.hasPrefix("http://\($0):") }
            && !url.contains("@")
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "+=,.@_-".utf8.contains(byte)
        }
    }

    private static var failure: CofferError {
        CofferError(
            .tryLater, "This machine's service for temporary keys gives none.", rule: "lake.credentials",
            hint: "Check that the machine or the container has a role, or leave --instance-credentials out.")
    }
}
