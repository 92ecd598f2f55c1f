package import Sealing
import Synchronization

/// The first keys that any of several places has. They are kept until shortly before they expire.
package final class CredentialChain: Sendable {
    private let providers: [any CredentialProvider]
    private let now: @Sendable () -> Milliseconds
    private let kept = Mutex<Credentials?>(nil)

    /// Keys are renewed so long before they expire.
    private static let margin: Milliseconds = 300_000

    package init(_ providers: [any CredentialProvider], now: @escaping @Sendable () -> Milliseconds) {
        self.providers = providers
        self.now = now
    }

    func credentials() async throws(CofferError) -> Credentials {
        if let kept = kept.withLock(\.self), kept.expiry.map({ now() + Self.margin < $0 }) ?? true { return kept }
        for provider in providers {
            guard let found = try await provider.credentials() else { continue }
            kept.withLock { $0 = found }
            return found
        }
        throw CofferError(
            .configuration, "There are no keys for the lake's store on this machine.", rule: "lake.credentials",
            hint: "Put them into ~/.aws/credentials, or into the file that AWS_SHARED_CREDENTIALS_FILE names.")
    }
}
