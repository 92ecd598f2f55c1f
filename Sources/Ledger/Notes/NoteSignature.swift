package import Sealing

/// One signature line: `— name base64(key ID ‖ signature)`.
package struct NoteSignature: Hashable, Sendable {
    package let name: String
    package let keyID: UInt32
    /// What follows the key ID: 64 bytes for type 01, u64 time ‖ 64 bytes for type 04, anything for unknown types.
    package let signature: Bytes

    package init(name: String, keyID: UInt32, signature: Bytes) {
        self.name = name
        self.keyID = keyID
        self.signature = signature
    }

    init(parsing line: some Collection<UInt8>) throws(NoteError) {
        guard let line = String(validating: Array(line), as: UTF8.self), line.hasPrefix("— ") else { throw .malformed }
        let fields = line.utf8.dropFirst("— ".utf8.count)
            .split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard fields.count == 2, let name = String(fields[0]), NoteKey.isAnyName(name), let base64 = String(fields[1]),
            let blob = try? Base64.decode(base64), blob.count > 4
        else { throw .malformed }
        self.name = name
        self.keyID = blob.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        self.signature = Array(blob.dropFirst(4))
    }

    /// The line with its newline.
    package var encoded: Bytes {
        var blob = ByteWriter()
        blob.u32(keyID)
        blob.append(signature)
        return Array("— \(name) \(Base64.encode(blob.bytes))\n".utf8)
    }
}
