import Rules
package import Sealing

/// A pseudonym's request for a one-time key: `coffer/v1/deposit-key` {origin, id, until, consent, broker}.
package struct DepositKeyRequest: Hashable, Sendable {
    static let type = "deposit-key"

    package let origin: String
    /// 16 random bytes.
    package let id: Bytes
    package let until: Milliseconds
    package let consent: Hash256
    /// The broker's note key.
    package let broker: VerifyingKey

    package init(origin: String, id: Bytes, until: Milliseconds, consent: Hash256, broker: VerifyingKey) {
        self.origin = origin
        self.id = id
        self.until = until
        self.consent = consent
        self.broker = broker
    }

    package var text: Bytes {
        NoteText.make(
            Self.type,
            [
                .init("origin", .string(origin)), .init("id", .bytes(id)), .init("until", .milliseconds(until)),
                .init("consent", .hex(consent)), .init("broker", .string(broker.hex)),
            ])
    }

    package init(parsing text: Bytes) throws(FormatError) {
        var object = try MessageText.object(Self.type, in: text)
        self.origin = try object.string("origin", atMost: 255)
        self.id = try object.bytes("id", count: 16)
        self.until = try object.milliseconds("until")
        self.consent = try object.hash("consent")
        self.broker = try object.key("broker")
        try object.finish()
    }
}

/// A broker's one-time key: `coffer/v1/deposit-key-issued` {origin, consent, broker, key, until}, signed by the broker.
package struct DepositKeyIssued: Hashable, Sendable {
    static let type = "deposit-key-issued"

    package let origin: String
    package let consent: Hash256
    package let broker: VerifyingKey
    package let key: SealingPublicKey
    package let until: Milliseconds

    package init(
        origin: String, consent: Hash256, broker: VerifyingKey, key: SealingPublicKey, until: Milliseconds
    ) {
        self.origin = origin
        self.consent = consent
        self.broker = broker
        self.key = key
        self.until = until
    }

    package var text: Bytes {
        NoteText.make(
            Self.type,
            [
                .init("origin", .string(origin)), .init("consent", .hex(consent)), .init("broker", .string(broker.hex)),
                .init("key", .bytes(key.bytes)), .init("until", .milliseconds(until)),
            ])
    }

    package init(parsing text: Bytes) throws(FormatError) {
        var object = try MessageText.object(Self.type, in: text)
        self.origin = try object.string("origin", atMost: 255)
        self.consent = try object.hash("consent")
        self.broker = try object.key("broker")
        self.key = try SealingPublicKey(try object.bytes("key", count: SealingPublicKey.count))
        self.until = try object.milliseconds("until")
        try object.finish()
    }
}
