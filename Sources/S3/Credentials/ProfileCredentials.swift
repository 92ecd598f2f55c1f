import Files
package import Sealing

/// The keys of one profile in AWS's shared credentials file.
package struct ProfileCredentials: CredentialProvider {
    private let path: String?
    private let profile: String
    /// Whether somebody named the file or the profile, so that there must be one.
    private let isNamed: Bool

    /// `AWS_SHARED_CREDENTIALS_FILE` and `AWS_PROFILE`; by default `~/.aws/credentials` and `default`.
    package init(_ environment: [String: String]) {
        let named = environment.filled("AWS_SHARED_CREDENTIALS_FILE")
        path = named ?? environment.filled("HOME").map { "\($0)/.aws/credentials" }
        profile = environment.filled("AWS_PROFILE") ?? "default"
        isNamed = named != nil || environment.filled("AWS_PROFILE") != nil
    }

    package func credentials() throws(CofferError) -> Credentials? {
        guard let path, let bytes = try DurableFile.read(path, atMost: 1 << 20),
            let text = String(validating: bytes, as: UTF8.self)
        else { return try absent("There is no file with keys for the lake's store.") }
        let values = Self.values(of: profile, in: text)
        guard let name = values["aws_access_key_id"], let secret = values["aws_secret_access_key"] else {
            return try absent("The file with keys for the lake's store has none in the profile \(profile.shown).")
        }
        return try Credentials(name: name, secret: secret, token: values["aws_session_token"])
    }

    private func absent(_ message: String) throws(CofferError) -> Credentials? {
        guard isNamed else { return nil }
        throw CofferError(
            .configuration, message, rule: "lake.credentials",
            hint: "Check AWS_SHARED_CREDENTIALS_FILE and AWS_PROFILE.")
    }

    private static func values(of profile: String, in text: String) -> [String: String] {
        var values: [String: String] = [:]
        var isInside = false
        for line in text.split(whereSeparator: \.isNewline).map(trimmed) where !line.hasPrefix("#") {
            if line.hasPrefix("["), line.hasSuffix("]") {
                isInside = trimmed(line.dropFirst().dropLast()) == profile
            } else if isInside, let sign = line.firstIndex(of: "=") {
                values[trimmed(line[..<sign]).lowercased()] = trimmed(line[line.index(after: sign)...])
            }
        }
        return values.filter { !$0.value.isEmpty }
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
