import Files
package import Sealing
package import Vault

/// A client of this user's keyholder.
package struct KeyholderClient: Sendable {
    private let path: String

    package init(socket path: String) { self.path = path }

    /// Whether a keyholder is running, so that the vault is unlocked.
    package var isRunning: Bool {
        guard let connected = try? LocalSocket.connect(path) else { return false }
        return connected.write(line: Self.request("ping", [])) && connected.readLine() != nil
    }

    private static func request(_ operation: String, _ members: [CanonicalJSON.Member]) -> Bytes {
        CanonicalJSON.object([.init("op", .string(operation))] + members).encoded
    }

    /// Sends a request. Passes each item to the closure as it comes, and returns the final object or throws the error.
    @discardableResult
    package func ask(
        _ operation: String, _ members: [CanonicalJSON.Member] = [],
        item: (CanonicalJSON) throws -> Void = { _ in }
    ) throws -> CanonicalJSON {
        let socket = try connect()
        guard socket.write(line: Self.request(operation, members)) else { throw Self.gone }
        return try Self.replies(socket, item)
    }

    /// Passes the keys for making pages under a consent to the keyholder.
    package func hand(_ keys: ConsentKeys) throws {
        let socket = try connect()
        let secrets = try KeyholderSecrets.consent(keys)
        guard socket.write(line: Self.request("consent-keys", [])),
            secrets.withBytes({ socket.send($0) })
        else { throw Self.gone }
        try Self.replies(socket) { _ in }
    }

    private func connect() throws -> LocalSocket {
        guard let socket = try LocalSocket.connect(path) else {
            throw CofferError(.locked, "The vault is locked.", hint: "Run `coffer unlock`.")
        }
        return socket
    }

    private static var gone: CofferError {
        CofferError(.tryLater, "The keyholder has stopped.", hint: "Run `coffer unlock`, then try again.")
    }

    @discardableResult
    private static func replies(_ socket: LocalSocket, _ item: (CanonicalJSON) throws -> Void) throws -> CanonicalJSON {
        while let line = socket.readLine() {
            switch try KeyholderMessage.reply(line) {
            case .item(let value): try item(value)
            case .done(let value): return value
            case .error(let error): throw error
            }
        }
        throw gone
    }
}
