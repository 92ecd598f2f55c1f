import Crypto
import Files
import Replica
import Rules
import Sealing

/// The key by which an auditor's machine knows its own files again.
///
/// A root and a digest beside a planted snapshot prove nothing: the same hand wrote all of them. So what
/// this machine remembers of a log is signed, and the key lies apart from every mirror.
struct AuditKey {
    private let seed: SymmetricKey
    private static let count = 32

    /// Reads the key of 32 bytes, or makes it on first use with mode 0600. Nil when it cannot be had, or when other users
    /// may read it: then nothing is remembered, and every answer comes from a replay.
    init?(at path: String) {
        guard let seed = Self.read(path) ?? Self.make(path) else { return nil }
        self.seed = seed
    }

    private static func read(_ path: String) -> SymmetricKey? {
        guard (try? SecretFile.requireOwnersAlone(path)) != nil else { return nil }
        let seed = try? SecretFile.read(path) { bytes throws(CofferError) in SymmetricKey(data: bytes) }
        return seed?.bitCount == count * 8 ? seed : nil
    }

    /// Nil when there is a file already: what is damaged is never made again in silence.
    private static func make(_ path: String) -> SymmetricKey? {
        let durable = Durable()
        guard (try? durable.makeDirectories(Durable.split(path).directory)) != nil else { return nil }
        let seed = SymmetricKey(size: .bits256)
        var bytes = seed.withUnsafeBytes { Array($0) }
        defer { wipe(&bytes) }
        return (try? SecretFile.create(path, bytes)) != nil ? seed : nil
    }

    /// The key for one log, one version of the program and its newest rules: what another version has signed does not
    /// verify, so it is computed again.
    func signer(program: String, rules: RulesVersion, pin: Pin) -> SigningKey? {
        var info = ByteWriter(D("audit-key"))
        info.lp(program)
        info.u64(rules.rawValue)
        info.append(pin.charterHash)
        return SigningKey(
            seed: HKDF<SHA256>.deriveKey(inputKeyMaterial: seed, info: info.bytes, outputByteCount: Self.count))
    }
}
