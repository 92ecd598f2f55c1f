package import Sealing

/// What a person sends to the desk: pseudonyms, each with its signature, and a single-use token (Design, "Pseudonyms").
package struct Enrolment: Hashable, Sendable {
    package struct Pseudonym: Hashable, Sendable {
        package let key: VerifyingKey
        package let signature: Bytes
    }

    package static let maximumPseudonyms = 64
    package static let tokenCount = 32

    package let origin: String
    package let charter: Hash256
    package let token: Bytes
    package let pseudonyms: [Pseudonym]

    /// Made by the person. Each pseudonym signs for itself.
    package init(origin: String, charter: Hash256, token: Bytes, keys: [SigningKey]) {
        self.origin = origin
        self.charter = charter
        self.token = token
        self.pseudonyms = keys.map { key in
            let message = Self.message(origin: origin, charter: charter, key: key.publicKey, token: token)
            return Pseudonym(key: key.publicKey, signature: key.signature(over: message))
        }
    }

    /// D("enrol") ‖ origin ‖ hash(charter) ‖ key ‖ SHA-256(token)
    private static func message(origin: String, charter: Hash256, key: VerifyingKey, token: Bytes) -> Bytes {
        D("enrol") + Array(origin.utf8) + charter.bytes + key.bytes + Hash256(of: token).bytes
    }

    /// Whether every pseudonym is a good key, occurs once and has signed.
    package var isValid: Bool {
        Set(pseudonyms.map(\.key)).count == pseudonyms.count
            && pseudonyms.allSatisfy { pseudonym in
                let message = Self.message(origin: origin, charter: charter, key: pseudonym.key, token: token)
                return pseudonym.key.isEnrollable
                    && pseudonym.key.isValid(signature: pseudonym.signature, over: message)
            }
    }

    package var encoded: Bytes {
        CanonicalJSON.object([
            .init("origin", .string(origin)), .init("charter", .hex(charter)), .init("token", .bytes(token)),
            .init(
                "pseudonyms",
                .array(
                    pseudonyms.map {
                        .object([.init("key", .string($0.key.hex)), .init("signature", .bytes($0.signature))])
                    })),
        ]).encoded
    }

    package init(parsing bytes: Bytes) throws(FormatError) {
        var object = try CanonicalObject(parsing: bytes)
        self.origin = try object.string("origin", atMost: 255)
        self.charter = try object.hash("charter")
        self.token = try object.bytes("token", count: Self.tokenCount)
        self.pseudonyms = try object.objects("pseudonyms", atMost: Self.maximumPseudonyms) {
            pseudonym throws(FormatError) in
            Pseudonym(
                key: try pseudonym.key("key"), signature: try pseudonym.bytes("signature", count: Signature.count))
        }
        try object.finish()
        guard !pseudonyms.isEmpty else { throw .outOfBounds }
    }
}
