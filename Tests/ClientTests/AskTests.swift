import Client
import Ledger
import Rules
import Sealing
import Testing

@Suite("Asks")
struct AskTests {
    private static let day: Day = 20_780

    private static func ask(_ count: Int, app: String = "code") -> Ask {
        Ask(
            origin: "example.org/coffer", release: Hash256(of: [1]),
            positions: (0..<count).map { AskPosition(at: UInt32($0), kind: "keys", app: app, day: day) })
    }

    @Test("One position to the most parse to the same ask, and fit a signed note with the longest names")
    func bounds() throws {
        for count in [1, 2, Ask.usualPositions, Ask.maximumPositions] {
            let ask = Self.ask(count, app: String(repeating: "z", count: 64))
            #expect(try Ask(parsing: ask.text) == ask)
            #expect(throws: Never.self) { try SignedNote.message(ask.text, by: SigningKey()) }
        }
        for count in [0, Ask.maximumPositions + 1] {
            #expect(throws: FormatError.outOfBounds, "\(count)") { try Ask(parsing: Self.ask(count).text) }
        }
    }

    @Test(
        "Positions that do not ascend, and members that are no position's, are refused",
        arguments: [
            #"[{"at":1,"kind":"keys","app":"code","day":1},{"at":0,"kind":"keys","app":"code","day":1}]"#,
            #"[{"at":0,"kind":"keys","app":"code","day":1},{"at":0,"kind":"keys","app":"code","day":1}]"#,
            #"[{"at":0,"kind":"keys","app":"code","day":1,"more":1}]"#, #"[{"at":0,"kind":"keys","app":"code"}]"#,
            #"[{"kind":"keys","at":0,"app":"code","day":1}]"#, #"[{"at":00,"kind":"keys","app":"code","day":1}]"#,
            #"[{"at":0,"kind":"keys","app":"code","day":1},]"#, #"[{"at":0,"kind":"keys","app":"code","day":1}"#,
            #"[{"at":0,"kind":"keys","app":"co\de","day":1}]"#, #"[[]]"#, #"[{}]"#, #"{}"#, #""""#,
            #"[{"at":0,"kind":"keys","app":"code","day":1}],"positions":[]"#,
        ])
    func refusals(positions: String) throws {
        let head = #"{"origin":"example.org/coffer","release":"\#(Hash256(of: [1]).hex)","positions":"#
        #expect(throws: FormatError.self) {
            try Ask(parsing: Array("coffer/v1/ask\n\(head)\(positions)}\n".utf8))
        }
    }
}
