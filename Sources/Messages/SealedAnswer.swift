package import Ledger
package import Sealing

/// u32 n ‖ note (n bytes) ‖ partials, sealed to the release's recipient.
package struct SealedAnswer: Sendable {
    package let answer: Answer
    /// The broker's signed answer. With it the keyholder can check the broker.
    package let note: SignedNote
    /// For each position in order, for each mask of the broker ascending, 32 bytes.
    package let partials: [[Bytes]]

    /// Seals the broker's answer. The signature is inside the box.
    package static func seal(_ answer: Answer, partials: Bytes, by broker: SigningKey, to recipient: SealingPublicKey)
        throws(CofferError) -> Bytes
    {
        let note = try SignedNote.message(answer.text, by: broker).encoded
        var plaintext = Self.plaintext(note, partials)
        defer { wipe(&plaintext) }
        let info = HPKEInfo.statement(
            .answer, origin: answer.origin, statement: answer.release, recipient: recipient)
        do {
            return try SealedBox.seal(plaintext, to: recipient, info: info)
        } catch {
            throw CofferError(.refused, "The release's recipient key is not valid.", rule: "release.recipient")
        }
    }

    private static func plaintext(_ note: Bytes, _ partials: Bytes) -> Bytes {
        // Reserve all memory at once: an array that grows leaves copies behind.
        var writer = ByteWriter([], room: 4 + note.count + partials.count)
        writer.u32(UInt32(note.count))
        writer.append(note)
        writer.append(partials)
        return writer.bytes
    }

    /// Opens the box, for the job. The answer must match the ask exactly and be signed by this broker, which holds
    /// `masks` sub-keys.
    package init(
        opening box: Bytes, with recipient: SealingPrivateKey, to ask: Ask, broker: VerifyingKey, masks: Int
    ) throws(CofferError) {
        let info = HPKEInfo.statement(
            .answer, origin: ask.origin, statement: ask.release, recipient: recipient.publicKey)
        let wrong = CofferError(.tampering, "The broker's answer does not match the request.", rule: "answer.mismatch")
        do {
            var reader = ByteReader(try SealedBox.open(box, with: recipient, info: info))
            let note = try SignedNote(parsing: try reader.take(Int(try reader.u32())))
            let bytes = try reader.take(reader.remaining)
            let answer = try Answer(parsing: note.text)
            guard note.isSigned(byExactly: broker), answer.broker == broker, answer.origin.hasSameBytes(as: ask.origin),
                answer.release == ask.release, answer.ask == ask.hash,
                answer.partialsHash == Hash256(of: bytes), masks > 0,
                bytes.count == ask.positions.count * masks * Answer.partialCount
            else { throw wrong }
            self.answer = answer
            self.note = note
            self.partials = ask.positions.indices.map { position in
                (0..<masks).map { mask in
                    let start = (position * masks + mask) * Answer.partialCount
                    return Array(bytes[start..<(start + Answer.partialCount)])
                }
            }
        } catch {
            throw wrong
        }
    }
}
