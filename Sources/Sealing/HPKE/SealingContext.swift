internal import Crypto
internal import FoundationEssentials

/// HPKE's sender for many messages: they are opened in the order in which they were sealed (RFC 9180, 5.2).
///
/// It cannot be copied, since two copies would seal two messages under one nonce. It is never stored.
package struct SealingContext: ~Copyable, Sendable {
    /// The key encapsulated to the recipient. The recipient needs it once, before the first message.
    package let encapsulated: Bytes
    private var sender: HPKE.Sender
    private var left = SealedBox.messageLimit

    package init(to recipient: SealingPublicKey, info: Bytes) throws(SealingError) {
        let key = try recipient.kem
        do {
            sender = try HPKE.Sender(recipientKey: key, ciphersuite: SealedBox.suite, info: Data(info))
        } catch {
            throw .keyUnusable
        }
        encapsulated = Bytes(sender.encapsulatedKey)
    }

    /// Seals the next message: ciphertext ‖ tag. Throws `.exhausted` after `SealedBox.messageLimit` messages.
    package mutating func seal(_ plaintext: Bytes) throws(SealingError) -> Bytes {
        guard left > 0 else { throw .exhausted }
        left -= 1
        do { return Bytes(try sender.seal(plaintext)) } catch { throw .keyUnusable }
    }
}
