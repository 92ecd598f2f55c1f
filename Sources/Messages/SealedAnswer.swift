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
        var plaintext = AnswerContent.encode(note, partials)
        defer { wipe(&plaintext) }
        let info = HPKEInfo.statement(
            .answer, origin: answer.origin, statement: answer.release, recipient: recipient)
        do {
            return try SealedBox.seal(plaintext, to: recipient, info: info)
        } catch {
            throw CofferError(.refused, "The release's recipient key is not valid.", rule: "release.recipient")
        }
    }

    /// Opens the box, for the job. The answer must match the ask exactly and be signed by this broker, which holds
    /// `masks` sub-keys.
    package init(
        opening box: Bytes, with recipient: SealingPrivateKey, to ask: Ask, broker: VerifyingKey, masks: Int
    ) throws(CofferError) {
        let info = HPKEInfo.statement(
            .answer, origin: ask.origin, statement: ask.release, recipient: recipient.publicKey)
        do {
            let (encoded, bytes) = try AnswerContent.parse(try SealedBox.open(box, with: recipient, info: info))
            let note = try SignedNote(parsing: encoded)
            let answer = try Answer(parsing: note.text)
            let cut = AnswerContent.cut(bytes, positions: ask.positions.count, masks: masks)
            guard note.isSigned(byExactly: broker), answer.broker == broker, answer.origin.hasSameBytes(as: ask.origin),
                answer.release == ask.release, answer.ask == ask.hash,
                answer.partialsHash == Hash256(of: bytes), let cut
            else { throw CofferError.answerMismatch }
            self.answer = answer
            self.note = note
            self.partials = cut
        } catch {
            throw .answerMismatch
        }
    }
}
