package import Sealing

/// The keys in AWS's own variables, for jobs only (CommandLine, "Environment").
package struct EnvironmentCredentials: CredentialProvider {
    private let environment: [String: String]

    package init(_ environment: [String: String]) { self.environment = environment }

    package func credentials() throws(CofferError) -> Credentials? {
        guard let name = environment.filled("AWS_ACCESS_KEY_ID"),
            let secret = environment.filled("AWS_SECRET_ACCESS_KEY")
        else { return nil }
        return try Credentials(name: name, secret: secret, token: environment.filled("AWS_SESSION_TOKEN"))
    }
}

extension [String: String] {
    /// The value, unless it is empty.
    func filled(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }
}
