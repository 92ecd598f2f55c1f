import Ledger
import Rules
package import Sealing

/// A job's first message in a session: `coffer/v1/session-opening` {origin, release, broker, enc, recipient}, signed by
/// the job.
///
/// It names the one broker and the one encapsulated key for which it is made. So a broker that received it cannot pass
/// it on and ask another broker in the job's name.
package struct SessionOpening: Hashable, Sendable {
    static let type = "session-opening"

    package let origin: String
    /// The hash of the release.
    package let release: Hash256
    /// The broker's note key.
    package let broker: VerifyingKey
    /// SHA-256 of the key that the job encapsulated to the broker.
    package let encapsulatedHash: Hash256
    /// The key to seal the answers to: the one that the release names by its hash.
    package let recipient: SealingPublicKey

    package init(
        origin: String, release: Hash256, broker: VerifyingKey, encapsulatedHash: Hash256, recipient: SealingPublicKey
    ) {
        self.origin = origin
        self.release = release
        self.broker = broker
        self.encapsulatedHash = encapsulatedHash
        self.recipient = recipient
    }

    package var text: Bytes {
        NoteText.make(
            Self.type,
            [
                .init("origin", .string(origin)), .init("release", .hex(release)),
                .init("broker", .string(broker.hex)), .init("enc", .hex(encapsulatedHash)),
                .init("recipient", .bytes(recipient.bytes)),
            ])
    }

    package init(parsing text: Bytes) throws(FormatError) {
        var object = try MessageText.object(Self.type, in: text)
        self.origin = try object.string("origin", atMost: 255)
        self.release = try object.hash("release")
        self.broker = try object.key("broker")
        self.encapsulatedHash = try object.hash("enc")
        self.recipient = try SealingPublicKey(try object.bytes("recipient", count: SealingPublicKey.count))
        try object.finish()
    }

    /// HPKE's `info` for the job's messages to this broker.
    static func asksInfo(origin: String, release: Hash256, broker: SealingPublicKey) -> Bytes {
        HPKEInfo.statement(.asks, origin: origin, statement: release, recipient: broker)
    }

    /// HPKE's `info` for the broker's messages to the release's recipient.
    static func answersInfo(origin: String, release: Hash256, recipient: SealingPublicKey) -> Bytes {
        HPKEInfo.statement(.answers, origin: origin, statement: release, recipient: recipient)
    }
}
