package import Sealing

/// A C2SP signed note (c2sp.org/signed-note@v1.0.0): a text and signatures over it.
///
/// What parses re-encodes to the same bytes.
package struct SignedNote: Hashable, Sendable {
    /// The largest note Coffer takes: it must fit a tlog-tiles entry with its eight bytes of time
    /// (Design, "Checkpoints and cosigners").
    package static let maximumCount = 65_527
    /// The largest checkpoint: room for more than sixteen signatures of five kilobytes, the size of post-quantum ones.
    package static let maximumCheckpointCount = 262_144
    /// The most signature lines a note may carry.
    package static let maximumSignatures = 64

    /// The text with its final newline. Signatures and hashes are over exactly the received bytes.
    package let text: Bytes
    /// The signature lines, in order.
    package private(set) var signatures: [NoteSignature]

    /// Makes a note from a text that ends in a newline.
    package init(text: Bytes, signatures: [NoteSignature]) throws(NoteError) {
        guard text.last == UInt8(ascii: "\n"), NoteSlice.isPrintable(text[...]) else { throw .malformed }
        self.text = text
        self.signatures = signatures
    }

    /// Parses a whole note, strictly.
    package init(
        parsing bytes: some Collection<UInt8>, atMost limit: Int = SignedNote.maximumCount
    ) throws(NoteError) {
        let slice = try NoteSlice(parsing: Array(bytes)[...], atMost: limit)
        self.text = Array(slice.text)
        self.signatures = slice.signatures
    }

    /// Parses a log's checkpoint, which may be larger than a statement, since it carries more signatures.
    package init(checkpoint bytes: some Collection<UInt8>) throws(NoteError) {
        try self.init(parsing: bytes, atMost: Self.maximumCheckpointCount)
    }

    package var encoded: Bytes {
        text + [10] + signatures.flatMap { $0.encoded }
    }

    /// The identity of a statement: SHA-256(D("statement") ‖ text). Its signatures are not part of it
    /// (Design, "Notes and signers").
    package var hash: Hash256 { Self.identity(of: text) }

    /// The identity of a statement with this text.
    package static func identity(of text: Bytes) -> Hash256 { identity(of: text.span) }

    /// The identity of a statement with this text, without a copy.
    static func identity(of text: Span<UInt8>) -> Hash256 { Hash256(of: domain, text) }

    private static let domain = D("statement")

    package mutating func add(_ signature: NoteSignature) {
        if !signatures.contains(signature) { signatures.append(signature) }
    }

    /// Adds a type 01 signature by this key, named by the hex of its public key.
    package mutating func sign(with key: SigningKey) {
        add(NoteKey(signer: key.publicKey).sign(text, with: key))
    }

    /// The keys whose type 01 signatures over the text verify. Lines name them by their hex.
    ///
    /// The whole note is invalid if a line names a key by its hex and does not verify, or if a key signs twice.
    package func signers() throws(NoteError) -> Set<VerifyingKey> {
        var signers: Set<VerifyingKey> = []
        for line in signatures {
            guard let key = line.namedKey else { continue }
            guard line.isValid(by: key, over: text.span) else { throw .badSignature }
            guard signers.insert(key).inserted else { throw .duplicateSigner }
        }
        return signers
    }
}
