import CofferTestKit
import Ledger
import Rules
import Sealing
import Testing

@testable import Messages

/// Both ends of a session, without a broker's judgement.
@Suite("A session's two ends")
struct SessionTests {
    private static let release = Hash256(of: [1])
    private static let tree = SessionHead.Tree(size: 9, root: Hash256(of: [9]))
    private static let later = SessionHead.Tree(size: 11, root: Hash256(of: [11]))
    private static let broker = Scenario.key("acme-1")

    private let sealing: SealingPrivateKey
    private let recipient: SealingPrivateKey

    init() throws {
        sealing = try Scenario.sealingKey("acme-1")
        recipient = try Scenario.sealingKey("recipient")
    }

    private func sent(_ recipient: SealingPrivateKey? = nil) throws -> SentOpening {
        try SentOpening(
            origin: Scenario.origin, release: Self.release, to: Self.broker.publicKey, sealing: sealing.publicKey,
            recipient: (recipient ?? self.recipient).publicKey, by: Scenario.key("job"))
    }

    private func received(_ body: Bytes) throws -> AnsweringSession {
        let opening = ReceivedOpening(
            body[32...], origin: Scenario.origin, release: Self.release, with: sealing)
        guard let opening else { throw CofferError(.bug, "The opening does not open.") }
        let isMade = opening.isMade(for: Self.broker.publicKey)
        #expect(isMade)
        return try AnsweringSession(opening)
    }

    /// Both ends of an open session.
    private final class Pair {
        var job: AskingSession
        var broker: AnsweringSession

        init(_ job: consuming AskingSession, _ broker: consuming AnsweringSession) {
            self.job = job
            self.broker = broker
        }

        var ids: [Hash256] { [job.id, broker.id] }
        var tree: SessionHead.Tree { job.tree }

        func take(_ reply: Bytes, masks: Int = 2) throws -> (partials: [[Bytes]], signed: Bool) {
            try job.receive(reply, masks: masks)
        }

        /// The broker's reply to a message.
        func reply(
            to message: SessionMessage, _ partials: Bytes, at tree: SessionHead.Tree = SessionTests.tree,
            by key: SigningKey = SessionTests.broker
        ) throws -> Bytes {
            let body = try job.send(message)
            let received = try broker.receive(body[32...])
            #expect(received == message)
            return try broker.answer(message, partials: partials, at: tree, by: key)
        }
    }

    private func pair() throws -> Pair {
        let sent = try sent()
        var broker = try received(sent.body)
        let reply = try broker.opened(at: Self.tree, by: Self.broker)
        return Pair(try sent.answered(by: reply, with: recipient), broker)
    }

    private static func positions(_ count: Int) -> [AskPosition] {
        (0..<count).map { AskPosition(at: UInt32($0), kind: "keys", app: "code", day: 20_780) }
    }

    private static func partials(_ count: Int) -> Bytes { (0..<32 * count).map { UInt8(truncatingIfNeeded: $0 / 7) } }

    private let mismatch = CofferError(.tampering, "", rule: "answer.mismatch")

    @Test("Asks and answers pass in order; a head comes with the first, with another tree and with the close")
    func inOrder() throws {
        let pair = try pair()
        #expect(Set(pair.ids).count == 1)
        #expect(pair.tree == Self.tree)
        for (count, tree, signed) in [(1, Self.tree, false), (3, Self.later, true), (2, Self.later, false)] {
            let bytes = Self.partials(count * 2)
            let reply = try pair.reply(to: .ask(Self.positions(count)), bytes, at: tree)
            let (partials, isSigned) = try pair.take(reply)
            #expect(partials.map(\.count) == Array(repeating: 2, count: count))
            #expect(partials.flatMap { $0.flatMap { $0 } } == bytes)
            #expect(isSigned == signed)
            #expect(pair.tree == tree)
        }
        #expect(try pair.take(try pair.reply(to: .close, [], at: Self.later), masks: 0).signed)
    }

    @Test("Every text has one form that parses to it")
    func texts() throws {
        let opening = SessionOpening(
            origin: Scenario.origin, release: Self.release, broker: Self.broker.publicKey,
            encapsulatedHash: Hash256(of: [2]), recipient: recipient.publicKey)
        #expect(try SessionOpening(parsing: opening.text) == opening)
        let head = SessionHead(
            origin: Scenario.origin, session: Self.release, broker: Self.broker.publicKey, tree: Self.tree,
            transcript: Hash256(of: [3]))
        #expect(try SessionHead(parsing: head.text) == head)
        for message in [SessionMessage.ask(Self.positions(3)), .close] {
            #expect(try SessionMessage(parsing: message.text) == message)
        }
        #expect(SessionMessage.close.text == Bytes("coffer/v1/session-close\n{}\n".utf8))
        for text in [opening.text, head.text, SessionMessage.close.text, Bytes("coffer/v1/ask\n{}\n".utf8)] {
            if text != SessionMessage.close.text {
                #expect(throws: FormatError.self) { try SessionMessage(parsing: text) }
            }
            #expect(throws: FormatError.self) { try SessionMessage(parsing: text.dropLast() + [32, 10]) }
        }
        #expect(throws: FormatError.notCanonical) { try SessionHead(parsing: opening.text) }
        #expect(throws: FormatError.notCanonical) { try SessionOpening(parsing: head.text) }
    }

    @Test("An answer that is damaged, another session's, too short or too long is not taken, nor is any after it")
    func wrongAnswers() throws {
        let other = try pair()
        let wrongs: [(Bytes) throws -> Bytes] = [
            { $0.dropLast() + [$0[$0.count - 1] ^ 1] }, { Array($0.dropLast()) }, { _ in [] },
            { _ in try other.reply(to: .close, []) },
        ]
        for wrong in wrongs {
            let pair = try pair()
            let reply = try pair.reply(to: .ask(Self.positions(1)), Self.partials(2))
            #expect(throws: mismatch) { _ = try pair.job.receive(try wrong(reply), masks: 2) }
            #expect(throws: CofferError(.bug, "")) { _ = try pair.job.send(.close) }
        }
        for (positions, partials, masks) in [(1, 1, 2), (1, 3, 2), (2, 2, 2), (1, 2, 0), (1, 0, 1)] {
            let pair = try pair()
            let reply = try pair.reply(to: .ask(Self.positions(positions)), Self.partials(partials))
            #expect(throws: mismatch) { _ = try pair.job.receive(reply, masks: masks) }
        }
    }

    @Test("A reply is not taken twice, and answers that change places are not taken")
    func order() throws {
        let pair = try pair()
        let first = try pair.reply(to: .ask(Self.positions(1)), Self.partials(2))
        _ = try pair.job.receive(first, masks: 2)
        _ = try pair.reply(to: .ask(Self.positions(1)), Self.partials(2))
        #expect(throws: mismatch) { _ = try pair.job.receive(first, masks: 2) }
        // The session is over, although the right answer is there.
        #expect(throws: CofferError(.bug, "")) { _ = try pair.job.send(.close) }
        // Nothing was asked, so nothing is an answer.
        #expect(throws: CofferError(.bug, "")) { _ = try self.pair().job.receive(first, masks: 2) }
        // Nothing was read, so nothing is answered.
        #expect(throws: CofferError(.bug, "")) {
            _ = try self.pair().broker.answer(.close, partials: [], at: Self.tree, by: Self.broker)
        }
    }

    @Test("A head counts only as this broker's, for this session, ledger and transcript")
    func heads() throws {
        #expect(throws: mismatch) {
            let pair = try pair()
            let reply = try pair.reply(to: .close, [], by: Scenario.key("acme-2"))
            _ = try pair.job.receive(reply, masks: 0)
        }
        #expect(throws: mismatch) {
            let pair = try pair()
            let reply = try pair.reply(to: .close, Self.partials(2))
            _ = try pair.job.receive(reply, masks: 0)
        }
        let wrong: [(SessionHead) -> SessionHead] = [
            { Self.head($0, origin: "other.example") }, { Self.head($0, session: Hash256(of: [4])) },
            { Self.head($0, broker: Scenario.publicKey("acme-2")) }, { Self.head($0, transcript: Hash256(of: [5])) },
        ]
        for change in wrong {
            #expect(throws: mismatch) { try opened(signing: change) }
        }
        try opened { $0 }
    }

    private static func head(
        _ head: SessionHead, origin: String? = nil, session: Hash256? = nil, broker: VerifyingKey? = nil,
        transcript: Hash256? = nil
    ) -> SessionHead {
        SessionHead(
            origin: origin ?? head.origin, session: session ?? head.session, broker: broker ?? head.broker,
            tree: head.tree, transcript: transcript ?? head.transcript)
    }

    /// Answers an opening by hand with a head that was changed before it was signed.
    private func opened(signing change: (SessionHead) -> SessionHead) throws {
        let sent = try sent()
        let info = HPKEInfo.statement(
            .answers, origin: Scenario.origin, statement: Self.release, recipient: recipient.publicKey)
        var answers = try SealingContext(to: recipient.publicKey, info: info)
        let transcript = SessionTranscript(session: sent.id, encapsulated: answers.encapsulated)
        let head = change(
            SessionHead(
                origin: Scenario.origin, session: sent.id, broker: Self.broker.publicKey, tree: Self.tree,
                transcript: transcript.hash))
        let note = try SignedNote.message(head.text, by: Self.broker).encoded
        let reply = answers.encapsulated + (try answers.seal(AnswerContent.encode(note, [])))
        _ = try sent.answered(by: reply, with: recipient)
    }

    @Test("Who knows the recipient's key, but not the broker's, cannot answer in its place under a key of its own")
    func answersOfAnother() throws {
        let sent = try sent()
        var broker = try received(sent.body)
        let reply = try broker.opened(at: Self.tree, by: Self.broker)
        // Takes the broker's signed head out, as the recipient could, and seals it under another encapsulation.
        let info = HPKEInfo.statement(
            .answers, origin: Scenario.origin, statement: Self.release, recipient: recipient.publicKey)
        let content = try SealedBox.open(reply, with: recipient, info: info)
        let resealed = try SealedBox.seal(content, to: recipient.publicKey, info: info)
        do {
            _ = try sent.answered(by: resealed, with: recipient)
            Issue.record("an answer of another was taken")
        } catch {
            #expect(error == mismatch)
        }
    }

    @Test("Answers open only with the key that the opening names, and an opening's answer fits no other opening")
    func otherRecipient() throws {
        #expect(throws: mismatch) {
            let sent = try sent()
            var broker = try received(sent.body)
            let reply = try broker.opened(at: Self.tree, by: Self.broker)
            _ = try sent.answered(by: reply, with: try Scenario.sealingKey("mallory"))
        }
        #expect(throws: mismatch) {
            let sent = try sent()
            var broker = try received(try self.sent().body)
            let reply = try broker.opened(at: Self.tree, by: Self.broker)
            _ = try sent.answered(by: reply, with: recipient)
        }
        for count in [0, 1, SealedBox.encapsulatedCount, SealedBox.encapsulatedCount + SealedBox.tagCount] {
            #expect(throws: mismatch) {
                let sent = try sent()
                var broker = try received(sent.body)
                let reply = try broker.opened(at: Self.tree, by: Self.broker)
                _ = try sent.answered(by: Array(reply.prefix(count)), with: recipient)
            }
        }
    }

    @Test("The transcript covers every message, every partial, their order, and the key of the answers")
    func transcript() {
        let session = Hash256(of: [1])
        func hash(_ steps: [(Bytes, Bytes)], key: Bytes = [1]) -> Hash256 {
            var transcript = SessionTranscript(session: session, encapsulated: key)
            for (message, partials) in steps { transcript.add(message, partials: partials) }
            return transcript.hash
        }
        let all = [
            hash([]), hash([], key: [2]), hash([([1], [2])]), hash([([1], [2]), ([1], [2])]), hash([([2], [1])]),
            hash([([1], [2]), ([2], [1])]), hash([([2], [1]), ([1], [2])]), hash([([1], []), ([], [2])]),
            SessionTranscript(session: Hash256(of: [2]), encapsulated: [1]).hash,
        ]
        #expect(Set(all).count == all.count)
    }
}
