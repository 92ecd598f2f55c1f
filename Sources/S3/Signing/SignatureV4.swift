import Crypto
package import Sealing

/// AWS's Signature Version 4, in a header field, for requests whose body is signed.
///
///     canonical = METHOD ‖ path ‖ query ‖ header lines ‖ "" ‖ names ‖ hex SHA-256(body), joined by line feeds
///     to sign   = "AWS4-HMAC-SHA256" ‖ time ‖ scope ‖ hex SHA-256(canonical)
///     key       = HMAC(HMAC(HMAC(HMAC("AWS4" ‖ secret, date), region), service), "aws4_request")
///
/// Paths are taken as they are, as S3 wants it: dots and double slashes are not resolved.
package struct SignatureV4: Sendable {
    package let region: String
    package let service: String

    package init(region: String, service: String) {
        self.region = region
        self.service = service
    }

    /// What is signed of one request, and its signature.
    package struct Signed: Hashable, Sendable {
        package let canonicalRequest: String
        package let stringToSign: String
        package let signature: String
        package let authorization: String
    }

    /// Signs these header fields, among them the host and the time; `query` is not encoded yet.
    package func sign(
        _ method: String, path: String, query: [(name: String, value: String)],
        headers: [(name: String, value: String)], body: Bytes, at time: Milliseconds, with credentials: Credentials
    ) -> Signed {
        let fields = Self.canonical(headers)
        let names = fields.map(\.name).joined(separator: ";")
        var lines = [method, URIEncoding.path(path), URIEncoding.query(query)]
        lines += fields.map { "\($0.name):\($0.value)" }
        lines += ["", names, Hash256(of: body).hex]
        let canonical = lines.joined(separator: "\n")
        let stamp = Self.stamp(time)
        let scope = "\(stamp.prefix(8))/\(region)/\(service)/aws4_request"
        let text = ["AWS4-HMAC-SHA256", stamp, scope, Hash256(of: Array(canonical.utf8)).hex].joined(separator: "\n")
        var key = credentials.key
        for part in scope.split(separator: "/") { key = SymmetricKey(data: Self.code(String(part), key)) }
        let signature = Hex.encode(Bytes(Self.code(text, key)))
        return Signed(
            canonicalRequest: canonical, stringToSign: text, signature: signature,
            authorization: "AWS4-HMAC-SHA256 Credential=\(credentials.name)/\(scope), SignedHeaders=\(names), "
                + "Signature=\(signature)")
    }

    /// `20150830T123600Z`
    package static func stamp(_ time: Milliseconds) -> String {
        CivilTime(time).rfc3339.filter { $0 != "-" && $0 != ":" }
    }

    private static func code(_ text: String, _ key: SymmetricKey) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
    }

    /// Names in small letters, in order; the values of one name joined, runs of spaces as one.
    private static func canonical(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        Dictionary(grouping: headers) { $0.name.lowercased() }.sorted { $0.key < $1.key }.map { name, fields in
            (
                name,
                fields.map { $0.value.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
                    .joined(separator: ",")
            )
        }
    }
}
