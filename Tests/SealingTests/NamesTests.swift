import CofferTestKit
import Crypto
import Testing

@testable import Sealing

/// Kinds, apps, page ids, scopes: one form each, ordered as bytes.
@Suite("Names")
struct NamesTests {
    @Test("Kinds are ordered as bytes")
    func kindsAreOrderedAsBytes() {
        #expect(
            Kind.allCases.sorted().map(\.rawValue) == ["keys", "pointer", "prompt", "screen", "terminal", "window"])
        for bad in ["", "Keys", "index", "keys "] {
            #expect(throws: FormatError.notCanonical) { try Kind(Bytes(bad.utf8)) }
        }
        #expect(throws: FormatError.notCanonical) { try Kind([0xff]) }
    }

    @Test("Members are named by their bytes")
    func membersAreNamedByTheirBytes() throws {
        // Swift's == takes the Kelvin sign for K.
        let bytes = Array("{\"\u{212A}\":1}".utf8)
        var (other, own) = (try CanonicalObject(parsing: bytes), try CanonicalObject(parsing: bytes))
        #expect("\u{212A}" == "K" && !"\u{212A}".hasSameBytes(as: "K"))
        #expect(throws: FormatError.notCanonical) { try other.integer("K") }
        #expect(try own.integer("\u{212A}") == 1)
    }

    /// Each of the 256 characters at each of the 64 places.
    @Test("Hashes have one form")
    func hashesHaveOneForm() throws {
        let digits = Array("0123456789abcdef".utf8)
        var generator = SeededGenerator()
        let bytes = generator.bytes(32)
        let hex = Array(Hex.encode(bytes).utf8)
        #expect(try Hash256(hex: hex.span).bytes == bytes, "\(generator)")
        for place in hex.indices {
            for character in UInt8.min ... .max {
                var changed = hex
                changed[place] = character
                let read = try? Hash256(hex: changed.span)
                let value = digits.firstIndex(of: character)
                #expect((read == nil) == (value == nil), "\(generator) \(character) at \(place)")
                guard let read, let value else { continue }
                let digit = place.isMultiple(of: 2) ? read.bytes[place / 2] >> 4 : read.bytes[place / 2] & 15
                #expect(Int(digit) == value, "\(generator) \(character) at \(place)")
            }
        }
        for count in [0, 62, 63, 65, 66, 128] {
            let wrong = Array((hex + hex).prefix(count))
            #expect(throws: FormatError.self) { try Hash256(hex: wrong.span) }
        }
    }

    @Test("App names have one form")
    func appNamesHaveOneForm() throws {
        for good in ["a", "code", "org.gnome.terminal", "x_1-2", String(repeating: "z", count: 64)] {
            #expect(try AppName(good).string == good)
        }
        for bad in ["", "Code", "a b", "é", "a/b", "a\0", String(repeating: "z", count: 65)] {
            #expect(throws: FormatError.notCanonical) { try AppName(bad) }
        }
    }

    @Test(
        "A window class gives an app's name",
        arguments: [
            ("Code", "code"), ("", "unknown"), ("org.gnome.Terminal", "org.gnome.terminal"), ("My App/2", "my-app-2"),
            ("É", "--"), (String(repeating: "A", count: 70), String(repeating: "a", count: 64)),
        ])
    func windowClasses(windowClass: String, app: String) throws {
        #expect(AppName(windowClass: windowClass).string == app)
        #expect(try AppName(app) == AppName(windowClass: windowClass))
    }

    @Test("Page ids and weeks have one form")
    func pageIDs() throws {
        var generator = SeededGenerator()
        for _ in 0..<100 {
            let (a, b) = (generator.bytes(16), generator.bytes(16))
            let (first, second) = (try PageID(a), try PageID(b))
            #expect(first.bytes == a)
            #expect((first < second) == a.lexicographicallyPrecedes(b), "\(generator)")
        }
        #expect(PageID.week(20_779).bytes == Bytes(repeating: 0, count: 14) + [0x51, 0x2b])
        #expect(PageID.week(20_779).monday == 20_779)
        #expect(PageID.zero.monday == 0)
        #expect(PageID.random().monday == nil)
        #expect(throws: FormatError.outOfBounds) { try PageID(Bytes(repeating: 0, count: 15)) }
    }

    private let json = #"{"kinds":["keys","screen"],"apps":["code","firefox"],"from":20000,"until":20090}"#

    @Test("Scopes have one form")
    func scopesHaveOneForm() throws {
        let scope = try Scope(CanonicalJSON(parsing: json.utf8))
        #expect(scope.json.encoded == Bytes(json.utf8))
        let made = try Scope(
            kinds: [.screen, .keys, .keys], apps: [AppName("firefox"), AppName("code")], from: 20_000, until: 20_090)
        #expect(made == scope)
        for (from, to) in [
            (#"["keys","screen"]"#, #"["screen","keys"]"#), (#"["keys","screen"]"#, #"["keys","keys"]"#),
            (#"["keys","screen"]"#, "[]"), (#"["code","firefox"]"#, #"["firefox","code"]"#),
            (#"["code","firefox"]"#, #"["Code"]"#), ("20000", "20091"), ("20090", "4294967296"),
            (#","until""#, #","more":1,"until""#), (#""kinds""#, #""Kinds""#),
        ] {
            let changed = json.replacing(from, with: to)
            #expect(changed != json)
            #expect(throws: FormatError.self) { try Scope(CanonicalJSON(parsing: changed.utf8)) }
        }
    }

    @Test("A scope allows what it names and nothing else")
    func scopesAllow() throws {
        let scope = try Scope(CanonicalJSON(parsing: json.utf8))
        let code = try AppName("code")
        #expect(scope.allows(.keys, code, 20_000))
        #expect(scope.allows(.screen, code, 20_090))
        #expect(!scope.allows(.keys, code, 19_999))
        #expect(!scope.allows(.keys, code, 20_091))
        #expect(!scope.allows(.window, code, 20_000))
        #expect(!scope.allows(.keys, try AppName("mail"), 20_000))
        let salts = [Scope.salt(root: SymmetricKey(size: .bits256)), Scope.salt(root: SymmetricKey(size: .bits256))]
        #expect(salts[0] != salts[1])
        #expect(scope.commitment(salt: salts[0]) != scope.commitment(salt: salts[1]))
    }
}
