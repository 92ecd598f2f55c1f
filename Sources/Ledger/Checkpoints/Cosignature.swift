package import Sealing

/// An Ed25519 cosignature, signature type 04 (c2sp.org/tlog-cosignature@v1.0.1).
///
/// The line carries u64 seconds ‖ signature over `cosignature/v1\ntime <seconds>\n` ‖ the checkpoint's text.
package enum Cosignature {
    /// The largest time that a cosignature may carry: 2^63 − 1.
    package static let maximumTime = Seconds(rawValue: UInt64(Int64.max))

    /// Makes a cosigner's line over a checkpoint's text.
    package static func make(_ text: Bytes, by cosigner: NoteKey, with key: SigningKey, time: Seconds) -> NoteSignature
    {
        var blob = ByteWriter()
        blob.seconds(time)
        blob.append(key.signature(over: message(text, time: time)))
        return NoteSignature(name: cosigner.name, keyID: cosigner.keyID, signature: blob.bytes)
    }

    /// The time of a line that this cosigner made over this text; nil when it does not verify.
    package static func time(of line: NoteSignature, by cosigner: NoteKey, over text: Bytes) -> Seconds? {
        guard cosigner.kind == .cosignature, cosigner.matches(line), let time = claimedTime(of: line), time > 0,
            time <= maximumTime,
            cosigner.key.isValid(signature: Array(line.signature.dropFirst(8)), over: message(text, time: time))
        else { return nil }
        return time
    }

    /// The time in a line of a cosignature's length, without checking the signature; nil for another length.
    package static func claimedTime(of line: NoteSignature) -> Seconds? {
        let signature = line.signature
        guard signature.count == 8 + Signature.count else { return nil }
        var reader = ByteReader(signature)
        return try? reader.seconds()
    }

    static func message(_ text: Bytes, time: Seconds) -> Bytes {
        Array("cosignature/v1\ntime \(time)\n".utf8) + text
    }
}
