import CofferTestKit
import Ledger
import Messages
import Rules
import Sealing
import Testing

/// What servers reply in JSON: each is read as it was written.
@Suite("Replies")
struct ReplyTests {
    private static let statement = Hash256(of: [1])

    private static func answer(_ verdict: Verdict, isDuplicate: Bool = false) throws -> AppendAnswer {
        let text = Checkpoint(origin: Scenario.origin, size: 9, root: Hash256(of: [2])).text
        var checkpoint = try SignedNote(text: text, signatures: [])
        checkpoint.sign(with: Scenario.key("ledger"))
        return AppendAnswer(
            index: 5, time: Scenario.noon, verdict: verdict, isDuplicate: isDuplicate, checkpoint: checkpoint, size: 9,
            proof: [Hash256(of: [3]), Hash256(of: [4])])
    }

    @Test("An answer about a statement is read as it was written, accepted or refused")
    func append() throws {
        for answer in [
            try Self.answer(.accepted(Self.statement)), try Self.answer(.accepted(Self.statement), isDuplicate: true),
            try Self.answer(.refused(Refusal("grant.kind", "It may not name this kind."))),
        ] {
            let read = try AppendAnswer(parsing: answer.json.encoded + [10], about: Self.statement)
            #expect(read == answer)
            if case .refused(let refusal) = read.verdict { #expect(refusal.message == "It may not name this kind.") }
        }
    }

    @Test("An answer of another form is not read", arguments: ["verdict", "index", "checkpoint", "proof", "rule"])
    func lacking(_ member: String) throws {
        let answer = try Self.answer(.refused(Refusal("grant.kind", "It may not name this kind.")))
        guard case .object(let members) = answer.json else { return }
        let bytes = CanonicalJSON.object(members.filter { $0.name != member }).encoded
        #expect(throws: FormatError.notCanonical) { try AppendAnswer(parsing: bytes, about: Self.statement) }
    }

    @Test("An error is read as it was written; one that a server sends says that a server sent it")
    func errors() throws {
        let error = CofferError(.refused, "It is \"over\".", rule: "release.budget", entry: 7, hint: "Ask for less.")
        let bytes = ErrorReply(error, position: 3).json.encoded
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"schema":"coffer.error.v1","code":77,"rule":"release.budget","entry":7,"position":3,"#
                + #""message":"It is \"over\".","hint":"Ask for less."}"#)
        let read = try ErrorReply(parsing: bytes)
        #expect(read.position == 3 && read.error == error && read.error?.isReply == false)
        #expect(read.error?.message == error.message && read.error?.entry == 7 && read.error?.hint == error.hint)
        let served = HTTPReply(status: 403, body: bytes).error(from: "The broker")
        #expect(served == error && served.message == error.message && served.isReply)
    }

    @Test("A status without words is an answer too", arguments: [429, 503])
    func wordless(_ status: Int) {
        let error = HTTPReply(status: status, body: []).error(from: "The broker")
        #expect(error.code == .tryLater && error.isReply)
    }
}
