import CofferTestKit
import Crypto
import Foundation
import Ledger
import Rules
import Sealing
import Testing

@testable import Messages

/// One session from its opening to its close, with the keys of both ends. The Python reader checks it, too.
private struct SessionCase: Codable {
    struct Step: Codable, Equatable {
        let message: HexBytes, answer: HexBytes
        /// What they hold, and the transcript after them. `head` is empty where the broker signed nothing.
        let text: HexBytes, head: HexBytes, partials: HexBytes, transcript: HexBytes
    }

    let origin: String
    let brokerSeed: HexBytes, recipientSeed: HexBytes
    let job: HexBytes, broker: HexBytes
    let opening: HexBytes, reply: HexBytes, session: HexBytes, transcript: HexBytes
    let steps: [Step]
}

@Suite("The vectors of sessions")
struct SessionVectorTests {
    @Test("A stored session reads as it was written")
    func stored() throws {
        let cases = try VectorFile<SessionCase>.read("session.json").cases
        #expect(!cases.isEmpty)
        for test in cases {
            let sealing = try SealingPrivateKey(seed: SymmetricKey(data: test.brokerSeed.bytes))
            let recipient = try SealingPrivateKey(seed: SymmetricKey(data: test.recipientSeed.bytes))
            let release = try Hash256(test.opening.bytes.prefix(32))
            let received = ReceivedOpening(
                test.opening.bytes[32...], origin: test.origin, release: release, with: sealing)
            let broker = try VerifyingKey(test.broker.bytes)
            guard let received else {
                Issue.record("the opening does not open")
                return
            }
            let (note, named, isMade) = (received.note, received.opening, received.isMade(for: broker))
            #expect(isMade)
            #expect(note.isSigned(byExactly: try VerifyingKey(test.job.bytes)))
            #expect(note.hash.bytes == test.session.bytes)
            #expect(named.recipient == recipient.publicKey)
            var session = try AnsweringSession(received)

            let encapsulated = test.reply.bytes.prefix(SealedBox.encapsulatedCount)
            let info = SessionOpening.answersInfo(
                origin: test.origin, release: release, recipient: recipient.publicKey)
            var answers = try OpeningContext(encapsulated, with: recipient, info: info)
            var transcript = SessionTranscript(
                session: try Hash256(test.session.bytes), encapsulated: encapsulated)
            #expect(transcript.hash.bytes == test.transcript.bytes)
            let head = try AnswerContent.parse(try answers.open(test.reply.bytes.dropFirst(encapsulated.count))).note
            #expect(try SignedNote(parsing: head).isSigned(byExactly: broker))
            for step in test.steps {
                let message = try session.receive(step.message.bytes[32...])
                #expect(message.text == step.text.bytes)
                let content = try AnswerContent.parse(try answers.open(step.answer.bytes))
                #expect(content.partials == step.partials.bytes)
                transcript.add(step.text.bytes, partials: content.partials)
                #expect(transcript.hash.bytes == step.transcript.bytes)
                // So that the next message may come; what it seals is under a key of its own.
                _ = try session.answer(
                    message, partials: content.partials, at: .init(size: 1, root: .zero), by: SigningKey())
                guard !step.head.bytes.isEmpty else {
                    #expect(content.note.isEmpty)
                    continue
                }
                let note = try SignedNote(parsing: content.note)
                #expect(note.text == step.head.bytes && note.isSigned(byExactly: broker))
                #expect(try SessionHead(parsing: note.text).transcript == transcript.hash)
            }
        }
    }

    /// What HPKE seals differs each time, so every run writes other bytes.
    @Test(
        "Writes the vectors of sessions",
        .enabled(
            if: ProcessInfo.processInfo.environment["COFFER_WRITE_VECTORS"] != nil, "COFFER_WRITE_VECTORS is not set"))
    func write() throws {
        let (broker, job) = (Scenario.key("acme-1"), Scenario.key("job"))
        let (brokerSeed, recipientSeed) = (Hash256(of: [1]), Hash256(of: [2]))
        let sealing = try SealingPrivateKey(seed: SymmetricKey(data: brokerSeed.bytes))
        let recipient = try SealingPrivateKey(seed: SymmetricKey(data: recipientSeed.bytes))
        let sent = try SentOpening(
            origin: Scenario.origin, release: Hash256(of: [3]), to: broker.publicKey, sealing: sealing.publicKey,
            recipient: recipient.publicKey, by: job)
        let opening = sent.body
        let received = ReceivedOpening(
            opening[32...], origin: Scenario.origin, release: Hash256(of: [3]), with: sealing)
        guard let received else { throw CofferError(.bug, "The opening does not open.") }
        var session = try AnsweringSession(received)
        let first = SessionHead.Tree(size: 7, root: Hash256(of: [7]))
        let reply = try session.opened(at: first, by: broker)
        var asking = try sent.answered(by: reply, with: recipient)
        let encapsulated = reply.prefix(SealedBox.encapsulatedCount)
        var transcript = SessionTranscript(session: asking.id, encapsulated: encapsulated)
        let start = transcript.hash
        let positions = (0..<3).map { AskPosition(at: UInt32($0), kind: "keys", app: "code", day: 20_780) }
        let week = AskPosition(at: 3, kind: "index", app: "", day: 20_776)
        let second = SessionHead.Tree(size: 9, root: Hash256(of: [9]))
        let plan: [(SessionMessage, SessionHead.Tree, Int)] = [
            (.ask(positions), first, 6), (.ask([week]), second, 2), (.close, second, 0),
        ]
        var steps: [SessionCase.Step] = []
        var signed = first
        for (message, tree, count) in plan {
            let partials = (0..<count).flatMap { Hash256(of: [UInt8($0)]).bytes }
            let body = try asking.send(message)
            _ = try session.receive(body[32...])
            let answer = try session.answer(message, partials: partials, at: tree, by: broker)
            _ = try asking.receive(answer, masks: 2)
            transcript.add(message.text, partials: partials)
            let head = SessionHead(
                origin: Scenario.origin, session: asking.id, broker: broker.publicKey, tree: tree,
                transcript: transcript.hash)
            let isSigned = message == .close || tree != signed
            signed = tree
            steps.append(
                SessionCase.Step(
                    message: HexBytes(body), answer: HexBytes(answer), text: HexBytes(message.text),
                    head: HexBytes(isSigned ? head.text : []), partials: HexBytes(partials),
                    transcript: HexBytes(transcript.hash.bytes)))
        }
        let written = SessionCase(
            origin: Scenario.origin, brokerSeed: HexBytes(brokerSeed.bytes),
            recipientSeed: HexBytes(recipientSeed.bytes), job: HexBytes(job.publicKey.bytes),
            broker: HexBytes(broker.publicKey.bytes), opening: HexBytes(opening), reply: HexBytes(reply),
            session: HexBytes(asking.id.bytes), transcript: HexBytes(start.bytes), steps: steps)
        try VectorFile(
            description: "A session from its opening to its close. The seeds are X-Wing private keys of the broker and "
                + "of the release's recipient; job and broker are the keys that sign.",
            cases: [written]
        ).write("session.json")
    }
}
