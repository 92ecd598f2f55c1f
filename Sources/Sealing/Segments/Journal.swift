internal import Crypto
internal import FoundationEssentials

/// A segment while it is open (Design, "Journals").
///
///     file  = HPKE-sealed journal key 1,168 ‖ frames
///     frame = u32 length of the rest ‖ AES-256-GCM ciphertext ‖ tag 16; nonce = the frame's number, 96 bits; aad empty
///     frame 0    lp(kind) ‖ lp(app) ‖ device key 32 ‖ u64 opened, unix ms ‖ zeros to 128
///     frame 1 …  u32 length ‖ whole records ‖ zeros to Padmé, at least 2,048
///
/// Journals of older versions have no zeros and no length; their frame 0 is shorter than 128 bytes.
package struct Journal: Sendable {
    package let kind: Kind
    package let app: AppName
    package let device: VerifyingKey
    package let opened: Milliseconds
    package let records: [Record]
    package let ending: Ending

    /// How the file ends.
    package enum Ending: Equatable, Sendable {
        /// At the end of a whole frame.
        case whole
        /// With this many bytes of an unfinished frame: the process crashed while writing.
        case torn(Int)
        /// With this many bytes that begin with a whole frame that does not open: a broken disk, or tampering.
        case damaged(Int)
    }

    /// The longest frame: a segment's worth of records, padded, and a tag.
    static let maximumFrameCount = Padme.padded(4 + SegmentSpan.maximumRecordBytes) + 16
    /// Frame 0 is as long for every kind and app.
    static let prologueCount = 128
    /// What one person types between two writes fits into one frame of this size.
    static let minimumFrameCount = 2_048

    static func nonce(_ number: UInt64) throws -> AES.GCM.Nonce {
        var writer = ByteWriter()
        writer.u32(0)
        writer.u64(number)
        return try AES.GCM.Nonce(data: writer.bytes)
    }

    /// The key that the file begins with. Throws `.malformed(.truncated)` for a file that ends before its first frame.
    static func key(of file: Bytes, with key: SealingPrivateKey) throws(SealingError) -> SymmetricKey {
        guard file.count > SealedBox.sealedKeyCount else { throw .malformed(.truncated) }
        return try SealedBox.openKey(
            Array(file[..<SealedBox.sealedKeyCount]), with: key,
            info: HPKEInfo.storage(.journal, recipient: key.publicKey))
    }

    /// A frame's plaintext; nil if ciphertext and tag do not open under this number.
    static func unseal(_ frame: ArraySlice<UInt8>, number: UInt64, key: SymmetricKey) -> Bytes? {
        guard
            let box = try? AES.GCM.SealedBox(
                nonce: nonce(number), ciphertext: frame.dropLast(16), tag: frame.suffix(16)),
            var plaintext = try? AES.GCM.open(box, using: key)
        else { return nil }
        defer { wipe(&plaintext) }
        return Bytes(plaintext)
    }

    static func prologue(kind: Kind, app: AppName, device: VerifyingKey, opened: Milliseconds) -> Bytes {
        var writer = ByteWriter()
        writer.lp(kind.rawValue)
        writer.lp(app.string)
        writer.append(device.hash)
        writer.milliseconds(opened)
        writer.pad(to: prologueCount)
        return writer.bytes
    }

    /// What frame 0 says, and whether the other frames are padded.
    struct Head {
        let kind: Kind
        let app: AppName
        let device: VerifyingKey
        let opened: Milliseconds
        let isPadded: Bool

        init(_ bytes: Bytes) throws(FormatError) {
            var reader = ByteReader(bytes)
            kind = try Kind(try reader.lp())
            app = try AppName(try reader.lp())
            device = try VerifyingKey(try reader.take(32))
            opened = try reader.milliseconds()
            isPadded = bytes.count == prologueCount
            if isPadded { try reader.zerosToEnd() } else { try reader.finish() }
        }

        /// The records in a frame's plaintext.
        func records(in plaintext: Bytes) throws(FormatError) -> Bytes {
            isPadded ? try Record.unpadded(plaintext, atLeast: minimumFrameCount) : plaintext
        }
    }
}
