package import Sealing

/// One signature line: `— name base64(key ID ‖ signature)`.
package struct NoteSignature: Hashable, Sendable {
    private enum Name: Hashable, Sendable {
        case hex(of: VerifyingKey)
        case other(String)
    }

    private let signer: Name
    package let keyID: UInt32
    /// What follows the key ID: 64 bytes for type 01, u64 time ‖ 64 bytes for type 04, anything for unknown types.
    package let signature: Bytes

    package init(name: String, keyID: UInt32, signature: Bytes) {
        self.signer = (try? VerifyingKey(hex: name)).map { .hex(of: $0) } ?? .other(name)
        self.keyID = keyID
        self.signature = signature
    }

    package var name: String {
        switch signer {
        case .hex(let key): key.hex
        case .other(let name): name
        }
    }

    /// The key that the line names as signers of statements are named: by its hex, and with its key ID.
    package var namedKey: VerifyingKey? {
        guard case .hex(let key) = signer, keyID == NoteKey.keyID(signer: key) else { return nil }
        return key
    }

    init(parsing line: some Collection<UInt8>) throws(NoteError) {
        try self.init(parsing: Array(line)[...])
    }

    /// Without a copy.
    init(parsing line: ArraySlice<UInt8>) throws(NoteError) {
        let bytes = line.span
        guard line.count > Self.dash.count, line.prefix(Self.dash.count) == Self.dash[...] else { throw .malformed }
        var space = Self.dash.count
        while space < bytes.count, bytes[space] != UInt8(ascii: " ") { space += 1 }
        guard space < bytes.count,
            var blob = try? Base64.decode(bytes.extracting((space + 1)..<bytes.count)), blob.count > 4
        else { throw .malformed }
        let digits = bytes.extracting(Self.dash.count..<space)
        if let key = try? VerifyingKey(hex: digits) {
            self.signer = .hex(of: key)
        } else {
            guard let text = try? UTF8Span(validating: digits) else { throw .malformed }
            let name = String(copying: text)
            guard NoteKey.isAnyName(name) else { throw .malformed }
            self.signer = .other(name)
        }
        self.keyID = blob.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        blob.removeFirst(4)
        self.signature = blob
    }

    private static let dash = Array("— ".utf8)

    /// The line with its newline.
    package var encoded: Bytes {
        var blob = ByteWriter()
        blob.u32(keyID)
        blob.append(signature)
        return Array("— \(name) \(Base64.encode(blob.bytes))\n".utf8)
    }
}
