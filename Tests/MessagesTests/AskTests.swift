import CofferTestKit
import Ledger
import Messages
import Rules
import Sealing
import Testing

@Suite("Asks")
struct AskTests {
    private static let day: Day = 20_780

    /// A key's worth of bytes: nothing is sealed to it here.
    private static let recipient = Bytes(repeating: 7, count: SealingPublicKey.count)

    private static func ask(_ positions: [AskPosition]) throws -> Ask {
        Ask(
            origin: "example.org/coffer", release: Hash256(of: [1]), recipient: try SealingPublicKey(recipient),
            positions: positions)
    }

    private static func ask(_ count: Int, app: String = "code") throws -> Ask {
        try ask((0..<count).map { AskPosition(at: UInt32($0), kind: "keys", app: app, day: day) })
    }

    @Test("One position to the most parse to the same ask, and fit a signed note with the longest names")
    func bounds() throws {
        for count in [1, 2, Ask.usualPositions, Ask.maximumPositions] {
            let ask = try Self.ask(count, app: String(repeating: "z", count: 64))
            #expect(try Ask(parsing: ask.text) == ask)
            #expect(throws: Never.self) { try SignedNote.message(ask.text, by: SigningKey()) }
        }
        for count in [0, Ask.maximumPositions + 1] {
            let ask = try Self.ask(count)
            #expect(throws: FormatError.outOfBounds, "\(count)") { try Ask(parsing: ask.text) }
        }
    }

    @Test("Positions of several claims stand by their claims, and come back in their order")
    func claims() throws {
        let ask = try Self.ask(
            [
                AskPosition(at: 0, kind: "index", app: "", day: 20_772),
                AskPosition(at: 1, kind: "keys", app: "code", day: 20_775),
                AskPosition(at: 4, kind: "keys", app: "code", day: 20_776),
                AskPosition(at: 7, kind: "keys", app: "code", day: 20_775),
                AskPosition(at: 9, kind: "index", app: "", day: 20_772),
            ])
        let listed =
            #"[{"kind":"index","app":"","day":20772,"at":[0,9]},{"kind":"keys","app":"code","day":20775,"at":[1,7]},"#
            + #"{"kind":"keys","app":"code","day":20776,"at":[4]}]"#
        #expect(ask.text == Self.text(listed))
        #expect(try Ask(parsing: ask.text) == ask)
        #expect(try Ask(parsing: ask.text).hash == ask.hash)
    }

    @Test("Every list of positions has one form that parses to it")
    func anyPositions() throws {
        var random = SeededGenerator(seed: 20_791)
        for _ in 0..<300 {
            var at: UInt32 = 0
            let positions = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                at += UInt32.random(in: 1...3, using: &random)
                return AskPosition(
                    at: at, kind: ["keys", "window"].randomElement(using: &random) ?? "",
                    app: ["code", "mail"].randomElement(using: &random) ?? "",
                    day: Self.day + Day.random(in: 0...2, using: &random))
            }
            let ask = try Self.ask(positions)
            #expect(try Ask(parsing: ask.text) == ask)
        }
    }

    @Test("As many claims as positions are an ask too; one more is refused, in one claim or its own")
    func manyClaims() throws {
        func ask(_ count: Int) throws -> Ask {
            try Self.ask(
                (0..<count).map {
                    AskPosition(at: UInt32($0), kind: "keys", app: "code", day: Self.day + Day($0))
                })
        }
        let most = Ask.maximumPositions
        #expect(try Ask(parsing: ask(most).text) == ask(most))
        let more = try ask(most + 1)
        #expect(throws: FormatError.outOfBounds) { try Ask(parsing: more.text) }
        let places = (0..<most).map(String.init).joined(separator: ",")
        #expect(throws: FormatError.outOfBounds) {
            try Ask(
                parsing: Self.text(
                    #"[{"kind":"keys","app":"code","day":1,"at":[\#(places)]},"#
                        + #"{"kind":"keys","app":"code","day":2,"at":[\#(most)]}]"#))
        }
    }

    @Test(
        "A list that is not in its one form, and members that are no claim's, are refused",
        arguments: [
            // Positions that do not ascend, or come twice.
            #"[{"kind":"keys","app":"code","day":1,"at":[1,0]}]"#,
            #"[{"kind":"keys","app":"code","day":1,"at":[0,0]}]"#,
            #"[{"kind":"keys","app":"code","day":1,"at":[0,1]},{"kind":"keys","app":"code","day":2,"at":[1]}]"#,
            #"[{"kind":"keys","app":"code","day":1,"at":[0,2]},{"kind":"keys","app":"code","day":2,"at":[0]}]"#,
            // A claim twice, claims in another order, a claim of no position.
            #"[{"kind":"keys","app":"code","day":1,"at":[0]},{"kind":"keys","app":"code","day":1,"at":[1]}]"#,
            #"[{"kind":"keys","app":"code","day":1,"at":[1]},{"kind":"keys","app":"code","day":2,"at":[0]}]"#,
            #"[{"kind":"keys","app":"code","day":1,"at":[]}]"#,
            #"[{"kind":"keys","app":"code","day":1,"at":[0]},{"kind":"keys","app":"code","day":2,"at":[]}]"#,
            // No claims.
            #"[{"kind":"keys","app":"code","day":1,"at":[0],"more":1}]"#, #"[{"kind":"keys","app":"code","day":1}]"#,
            #"[{"at":[0],"kind":"keys","app":"code","day":1}]"#, #"[{"kind":"keys","app":"code","day":1,"at":0}]"#,
            #"[{"kind":"keys","app":"code","day":1,"at":[00]}]"#, #"[{"kind":"keys","app":"code","day":1,"at":["0"]}]"#,
            #"[{"kind":"keys","app":"code","day":1,"at":[4294967296]}]"#,
            #"[{"kind":"keys","app":"code","day":4294967296,"at":[0]}]"#,
            #"[{"kind":"keys","app":"code","day":1,"at":[0,]}]"#, #"[{"kind":"keys","app":"code","day":1,"at":[0]},]"#,
            #"[{"kind":"keys","app":"code","day":1,"at":[0]}"#, #"[{"kind":"keys","app":"co\de","day":1,"at":[0]}]"#,
            #"[[]]"#, #"[{}]"#, #"{}"#, #""""#, #"[]"#,
            #"[{"kind":"keys","app":"code","day":1,"at":[0]}],"positions":[]"#,
        ])
    func refusals(positions: String) throws {
        #expect(throws: FormatError.self) { try Ask(parsing: Self.text(positions)) }
    }

    @Test("A recipient key is 1,216 bytes, and stands before the positions")
    func recipientKey() throws {
        let good = #"[{"kind":"keys","app":"code","day":1,"at":[0]}]"#
        #expect(throws: Never.self) { try Ask(parsing: Self.text(good)) }
        for count in [0, 32, SealingPublicKey.count - 1, SealingPublicKey.count + 1] {
            let recipient = Bytes(repeating: 7, count: count)
            #expect(throws: FormatError.outOfBounds) { try Ask(parsing: Self.text(good, recipient: recipient)) }
        }
        let named = Array(String(decoding: Self.text(good), as: UTF8.self).replacing("recipient", with: "key").utf8)
        #expect(throws: FormatError.notCanonical) { try Ask(parsing: named) }
    }

    private static func text(_ positions: String, recipient: Bytes = recipient) -> Bytes {
        let head = #"{"origin":"example.org/coffer","release":"\#(Hash256(of: [1]).hex)","#
        let key = #""recipient":"\#(Base64.encode(recipient))","positions":"#
        return Array("coffer/v1/ask\n\(head)\(key)\(positions)}\n".utf8)
    }
}
