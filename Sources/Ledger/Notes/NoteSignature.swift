package import Sealing

/// One signature line: `— name base64(key ID ‖ signature)`.
package struct NoteSignature: Hashable, Sendable {
    private enum Name: Hashable, Sendable {
        case hex(of: VerifyingKey)
        case other(String)
    }

    /// What follows the key ID.
    private enum Value: Hashable, Sendable {
        case ed25519(Signature)
        case other(Bytes)
    }

    private let signer: Name
    package let keyID: UInt32
    private let value: Value

    package init(name: String, keyID: UInt32, signature: Bytes) {
        self.signer = (try? VerifyingKey(hex: name)).map { .hex(of: $0) } ?? .other(name)
        self.keyID = keyID
        self.value = Self.value(signature.span)
    }

    private static func value(_ bytes: Span<UInt8>) -> Value {
        if let signature = Signature(bytes) { return .ed25519(signature) }
        return .other(unsafe bytes.withUnsafeBufferPointer { unsafe Bytes($0) })
    }

    /// What follows the key ID: 64 bytes for type 01, u64 time ‖ 64 bytes for type 04, anything for unknown types.
    package var signature: Bytes {
        switch value {
        case .ed25519(let signature): signature.bytes
        case .other(let bytes): bytes
        }
    }

    /// Whether it is a valid type 01 signature of this key over a text.
    func isValid(by key: VerifyingKey, over text: Span<UInt8>) -> Bool {
        guard case .ed25519(let signature) = value else { return false }
        return key.isValid(signature, over: text)
    }

    package var name: String {
        switch signer {
        case .hex(let key): key.hex
        case .other(let name): name
        }
    }

    /// The key of a statement's signer that the line names: by its hex and its key ID. Nil for other names.
    package var namedKey: VerifyingKey? {
        guard case .hex(let key) = signer, keyID == NoteKey.keyID(signer: key) else { return nil }
        return key
    }

    init(parsing line: some Collection<UInt8>) throws(NoteError) {
        try self.init(parsing: Array(line)[...])
    }

    /// Parses a line without a copy.
    init(parsing line: ArraySlice<UInt8>) throws(NoteError) {
        let bytes = line.span
        guard line.count > Self.dash.count, line.prefix(Self.dash.count) == Self.dash[...] else { throw .malformed }
        var space = Self.dash.count
        while space < bytes.count, bytes[space] != UInt8(ascii: " ") { space += 1 }
        guard space < bytes.count else { throw .malformed }
        let digits = bytes.extracting(Self.dash.count..<space)
        if let key = try? VerifyingKey(hex: digits) {
            self.signer = .hex(of: key)
        } else {
            guard let text = try? UTF8Span(validating: digits) else { throw .malformed }
            let name = String(copying: text)
            guard NoteKey.isAnyName(name) else { throw .malformed }
            self.signer = .other(name)
        }
        var blob: (keyID: UInt32, value: Value)?
        try? Base64.withDecoded(bytes.extracting((space + 1)..<bytes.count)) { bytes in
            guard bytes.count > 4 else { return }
            let keyID = (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[$1]) }
            blob = (keyID, Self.value(bytes.extracting(droppingFirst: 4)))
        }
        guard let blob else { throw .malformed }
        (self.keyID, self.value) = blob
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
