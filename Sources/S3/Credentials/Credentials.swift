import Crypto
package import Sealing

/// A key of the store. It is never printed: the secret is kept as the first key of the signature.
package struct Credentials: Sendable {
    /// The access key's name, which is no secret.
    package let name: String
    let key: SymmetricKey
    /// Goes with temporary keys.
    let token: String?
    /// From when on they are asked for again; nil for keys that stay.
    let expiry: Milliseconds?

    /// Throws `lake.credentials` for what cannot stand in a header field.
    package init(name: String, secret: String, token: String? = nil, expiry: Milliseconds? = nil) throws(CofferError) {
        guard Self.isField(name), Self.isField(secret), token.map(Self.isField) ?? true else {
            throw CofferError(
                .configuration, "The keys for the lake are not in their form.", rule: "lake.credentials",
                hint: "An access key, its secret and its token have printable ASCII characters and no spaces.")
        }
        self.name = name
        self.key = SymmetricKey(data: Array("AWS4\(secret)".utf8))
        self.token = token
        self.expiry = expiry
    }

    private static func isField(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 8 << 10 && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }
}

/// Where keys may come from.
package protocol CredentialProvider: Sendable {
    /// Nil if this place has no keys.
    func credentials() async throws(CofferError) -> Credentials?
}
