import Crypto
import Rules
package import Sealing

/// The secret of one epoch (Design, "One epoch, many workers"). The recipient of each of its releases comes from it, so
/// a worker that starts again, or works on another share, asks under the releases that are logged. It is independent
/// of the job's key, and lies in locked memory: with it, recorded answers open.
package final class EpochSecret: Sendable {
    package static let count = 32

    private let memory: SecretMemory

    /// Copies these bytes; the caller wipes them.
    package init(copying bytes: UnsafeRawBufferPointer) throws(CofferError) {
        guard bytes.count == Self.count else { throw CofferError(.usage, "An epoch's secret has 32 bytes.") }
        do throws(SecretMemoryError) { memory = try SecretMemory(copying: bytes) } catch { throw .epochMemory }
    }

    /// Another epoch's.
    package init() throws(CofferError) {
        do throws(SecretMemoryError) { memory = try SecretMemory.random(count: Self.count) } catch {
            throw .epochMemory
        }
    }

    /// Passes the bytes, for a file in memory. The pointer is valid inside the closure only.
    package func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try memory.withBytes(body)
    }

    /// The key that answers about a release are sealed to. `id` are the release's 16 random bytes.
    package func recipient(
        of id: ID128, under grant: Hash256, of origin: String
    ) throws(CofferError) -> SealingPrivateKey {
        do throws(SealingError) {
            return try SealingPrivateKey(
                seed: derive(D("recipient") + Array(origin.utf8) + grant.bytes + id.bytes, count: 32))
        } catch {
            throw CofferError(.bug, "No recipient key could be made.")
        }
    }

    /// The 16 bytes of the release that names these ids. Two workers that need the same ids at once write the same
    /// release, which is logged once.
    func id(of parts: [Release.Part], under grant: Hash256, of origin: String) -> ID128 {
        var writer = ByteWriter()
        for part in parts {
            writer.append(part.consent)
            writer.u32(UInt32(part.ids.count))
            for id in part.ids { writer.append(id.bytes) }
        }
        let info = D("release-id") + Array(origin.utf8) + grant.bytes + Hash256(of: writer.bytes).bytes
        return derive(info, count: ID128.count).withUnsafeBytes { ID128(Bytes($0)) }
    }

    /// HKDF-SHA-256 with an empty salt.
    private func derive(_ info: Bytes, count: Int) -> SymmetricKey {
        memory.withBytes {
            HKDF<SHA256>.deriveKey(inputKeyMaterial: SymmetricKey(data: $0), info: info, outputByteCount: count)
        }
    }
}

extension CofferError {
    fileprivate static let epochMemory = CofferError(
        .configuration, "Memory for the epoch's secret cannot be locked.", hint: "Raise `ulimit -l`.")
}
