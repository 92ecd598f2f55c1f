package import Sealing

/// A verifier key (`vkey`): name, type and public key of a note's signer (c2sp.org/signed-note).
package struct NoteKey: Hashable, Sendable {
    /// The two signature types that Coffer makes and checks. All others are kept as unknown.
    package enum Kind: UInt8, Sendable {
        /// Ed25519 over the text.
        case ed25519 = 0x01
        /// A timestamped Ed25519 cosignature of a checkpoint (c2sp.org/tlog-cosignature).
        case cosignature = 0x04
    }

    package let name: String
    package let kind: Kind
    package let key: VerifyingKey

    /// Nil for a name that is empty, or has a space, a plus sign or a control character.
    package init?(name: String, kind: Kind, key: VerifyingKey) {
        guard Self.isName(name) else { return nil }
        self.name = name
        self.kind = kind
        self.key = key
    }

    /// The key of a statement's signer, named by its hex (Design, "Notes and signers").
    package init(signer key: VerifyingKey) {
        self.name = key.hex
        self.kind = .ed25519
        self.key = key
    }

    /// The cosigner key of a broker or witness, named by its hex. It signs only cosignatures.
    package init(cosigner key: VerifyingKey) {
        self.name = key.hex
        self.kind = .cosignature
        self.key = key
    }

    /// Parses `name+hex8(keyID)+base64(type ‖ key)`.
    package init(vkey: String) throws(NoteError) {
        let fields = vkey.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3, let blob = try? Base64.decode(String(fields[2])), blob.count == 33,
            let kind = Kind(rawValue: blob[0]), let key = try? VerifyingKey(blob.dropFirst()),
            let parsed = NoteKey(name: String(fields[0]), kind: kind, key: key),
            parsed.vkey.hasSameBytes(as: vkey)
        else { throw .malformed }
        self = parsed
    }

    package var vkey: String {
        var id = ByteWriter()
        id.u32(keyID)
        return "\(name)+\(Hex.encode(id.bytes))+\(Base64.encode([kind.rawValue] + key.bytes))"
    }

    /// The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key).
    package var keyID: UInt32 { Hash256(of: name.utf8.span, [10, kind.rawValue], key.hash).first32 }

    /// The key ID of a statement's signer.
    static func keyID(signer key: VerifyingKey) -> UInt32 {
        Hash256(ofHexOf: key.hash, [10, Kind.ed25519.rawValue]).first32
    }

    /// Makes a type 01 signature over a note's text.
    package func sign(_ text: Bytes, with signingKey: SigningKey) -> NoteSignature {
        NoteSignature(name: name, keyID: keyID, signature: signingKey.signature(over: text))
    }

    /// Whether the line names this key.
    package func matches(_ line: NoteSignature) -> Bool { line.name.hasSameBytes(as: name) && line.keyID == keyID }

    /// Whether the line is a valid type 01 signature of this key over the text.
    package func verifies(_ line: NoteSignature, over text: Bytes) -> Bool {
        kind == .ed25519 && matches(line) && line.isValid(by: key, over: text.span)
    }

    /// At most 255 bytes, so that a cosignature of any type can name it (c2sp.org/tlog-cosignature).
    static func isName(_ name: String) -> Bool { name.utf8.count <= 255 && isAnyName(name) }

    /// Whether a signature line may carry this name.
    static func isAnyName(_ name: String) -> Bool {
        guard !name.isEmpty else { return false }
        // Most names are ASCII, which needs no look-up in Unicode tables.
        let bytes = name.utf8.span
        var others = 0
        for i in bytes.indices where bytes[i] <= 0x20 || bytes[i] >= 0x7f || bytes[i] == 0x2b { others += 1 }
        return others == 0
            || name.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "+" && $0.value >= 0x20 }
    }
}
