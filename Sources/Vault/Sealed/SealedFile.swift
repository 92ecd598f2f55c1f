package import Crypto
import Files
package import Sealing

/// A file of the vault, sealed under the index key. Its name is authenticated, so one file cannot replace another.
package struct SealedFile {
    let path: String
    let context: Bytes
    let key: SymmetricKey

    /// The size limit in bytes: an index of a million segments.
    private static let limit = 512 << 20

    package init(_ name: String, in vault: VaultDirectory, key: SymmetricKey) {
        path = "\(vault.path)/\(name)"
        context = D("vault-file") + Array(name.utf8)
        self.key = key
    }

    /// The plaintext; nil when there is no file. Throws `.tampering` for a file that does not open.
    package func read() throws(CofferError) -> Bytes? {
        guard let file = try DurableFile.read(path, atMost: Self.limit) else { return nil }
        do { return try ChunkedEncryption.open(file, key: key, context: context) } catch {
            throw CofferError(
                .tampering, "A sealed file of the vault does not open with this identity.", hint: "Run `coffer doctor`."
            )
        }
    }

    package func write(_ plaintext: Bytes) throws(CofferError) {
        do {
            try DurableFile.write(try ChunkedEncryption.seal(plaintext, key: key, context: context), to: path)
        } catch let error as CofferError {
            throw error
        } catch {
            throw CofferError(.bug, "A file of the vault cannot be sealed.")
        }
    }

    package func remove() throws(CofferError) { try DurableFile.remove(path) }
}
