import Crypto
package import Sealing

/// Names for people and episodes, derived per grant from a secret of the job.
///
/// A person has one name within a grant. Without the job's key, a reader of samples and ledger cannot find the
/// pseudonym by trying them all, nor match one grant's names with another's.
package struct Subjects: Sendable {
    private let salt: SymmetricKey

    package init(job: SigningKey, grant: Hash256) {
        let seed = job.withSeed { SymmetricKey(data: $0) }
        salt = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: seed, info: D("job-subjects") + grant.bytes, outputByteCount: 32)
    }

    func subject(_ pseudonym: VerifyingKey) -> String { "g" + name(D("subject") + pseudonym.bytes) }

    /// An episode's name from its person, device and start.
    func episode(_ pseudonym: VerifyingKey, device: UInt16, start: Milliseconds) -> String {
        var writer = ByteWriter(D("episode") + pseudonym.bytes)
        writer.u16(device)
        writer.milliseconds(start)
        return name(writer.bytes)
    }

    /// The name of an imported recording, the same on every day that it covers.
    func episode(_ pseudonym: VerifyingKey, recording: String) -> String {
        name(D("recording") + pseudonym.bytes + Array(recording.utf8))
    }

    /// Sixteen hex digits.
    private func name(_ message: Bytes) -> String {
        Hex.encode(HMAC<SHA256>.authenticationCode(for: message, using: salt).prefix(8))
    }
}
