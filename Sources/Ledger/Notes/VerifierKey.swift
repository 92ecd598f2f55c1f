package import Sealing

/// A `vkey` of any type that a log or a witness may have (c2sp.org/signed-note): the types that Coffer checks, and
/// ML-DSA-44 (06), which it keeps without checking.
package struct VerifierKey: Hashable, Sendable {
    /// Timestamped ML-DSA-44 cosignatures.
    package static let mldsa44: UInt8 = 0x06
    /// The length of an ML-DSA-44 public key.
    package static let mldsa44Count = 1312

    package let name: String
    package let type: UInt8
    package let publicKey: Bytes

    package init(_ key: NoteKey) {
        self.init(name: key.name, type: key.kind.rawValue, publicKey: key.key.bytes)
    }

    private init(name: String, type: UInt8, publicKey: Bytes) {
        self.name = name
        self.type = type
        self.publicKey = publicKey
    }

    /// Parses `name+hex8(keyID)+base64(type ‖ key)`, strictly.
    package init(parsing vkey: String) throws(NoteError) {
        if let key = try? NoteKey(vkey: vkey) {
            self.init(key)
            return
        }
        let fields = vkey.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3, NoteKey.isName(String(fields[0])), let blob = try? Base64.decode(String(fields[2])),
            blob.first == Self.mldsa44, blob.count == 1 + Self.mldsa44Count
        else { throw .malformed }
        self.init(name: String(fields[0]), type: Self.mldsa44, publicKey: Array(blob.dropFirst()))
        guard self.vkey.hasSameBytes(as: vkey) else { throw .malformed }
    }

    package var vkey: String {
        let id = Hash256(of: Array(name.utf8) + [10, type], publicKey).bytes.prefix(4)
        return "\(name)+\(Hex.encode(id))+\(Base64.encode([type] + publicKey))"
    }

    /// The key, if Coffer checks signatures of its type.
    package var noteKey: NoteKey? { try? NoteKey(vkey: vkey) }
}
