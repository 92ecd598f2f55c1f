internal import Crypto
internal import FoundationEssentials

/// HPKE's recipient for many messages. It opens each message once, in the order of their sealing.
///
/// A message that does not open changes nothing: the next one in the order still opens. It cannot be copied, since a
/// copy would open a message a second time.
package struct OpeningContext: ~Copyable, Sendable {
    private var recipient: HPKE.Recipient
    private var left = SealedBox.messageLimit

    /// Takes the key that a sender encapsulated to this one.
    package init(
        _ encapsulated: some Collection<UInt8>, with key: SealingPrivateKey, info: Bytes
    ) throws(SealingError) {
        guard encapsulated.count == SealedBox.encapsulatedCount else { throw .malformed(.outOfBounds) }
        do {
            recipient = try HPKE.Recipient(
                privateKey: key.kem, ciphersuite: SealedBox.suite, info: Data(info),
                encapsulatedKey: Data(encapsulated))
        } catch {
            throw .notAuthentic
        }
    }

    /// Opens the next message. Throws `.notAuthentic` for any other bytes, and `.exhausted` after
    /// `SealedBox.messageLimit` messages.
    package mutating func open(_ message: some Collection<UInt8>) throws(SealingError) -> Bytes {
        var plaintext = try data(in: message)
        defer { wipe(&plaintext) }
        return Bytes(plaintext)
    }

    /// The caller wipes what it gets.
    mutating func data(in message: some Collection<UInt8>) throws(SealingError) -> Data {
        guard message.count >= SealedBox.tagCount else { throw .malformed(.truncated) }
        guard left > 0 else { throw .exhausted }
        let plaintext: Data
        do { plaintext = try recipient.open(Data(message)) } catch { throw .notAuthentic }
        left -= 1
        return plaintext
    }
}
