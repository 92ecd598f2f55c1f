import Files
import Sealing

/// The random bytes of a manifest's hash, in the file that `job done` writes beside the manifest: 64 hex digits.
enum ManifestOpening {
    static func read(_ path: String) throws -> Hash256 {
        let text = try SecretFile.read(path) { String(decoding: $0, as: UTF8.self) }
        guard text.hasSuffix("\n"), let opening = try? Hash256(hex: String(text.dropLast())) else {
            throw CofferError(.configuration, "\(path) does not hold 64 hex digits.", rule: "manifest.opening")
        }
        return opening
    }
}
