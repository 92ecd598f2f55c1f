import CofferTestKit
import Sealing
import Testing

@testable import Records

@Suite("Finding secrets in text")
struct SecretFilterTests {
    private static let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")

    private static let dashes = "-----"

    /// A made-up secret of letters and digits, so that this file holds none that a forge would report.
    private static func made(_ prefix: String, _ count: Int) -> String {
        prefix + (0..<count).map { String(letters[($0 * 7 + 3) % letters.count]) }.joined()
    }

    private static func found(_ text: String, _ filter: SecretFilter = SecretFilter()) -> [String] {
        let bytes = Bytes(text.utf8)
        return filter.findings(in: bytes).map {
            "\($0.shape.rawValue): \(String(decoding: bytes[$0.range], as: UTF8.self))"
        }
    }

    @Test(
        "Card numbers of each issuer are found, together and in groups",
        arguments: [
            "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "4222222222222", "5555555555554444",
            "2223003122003222", "378282246310005", "3782 822463 10005", "30569309025904", "3056 930902 5904",
            "6011111111111117", "3530111333300000", "6205500000000000004",
        ])
    func cards(number: String) {
        #expect(Self.found("pay \(number), please") == ["card number: \(number)"])
        #expect(Self.found(number) == ["card number: \(number)"])
    }

    @Test("A card's number is found before its date and code")
    func cardWithCode() {
        #expect(Self.found("4111 1111 1111 1111 123 12/27") == ["card number: 4111 1111 1111 1111"])
    }

    @Test(
        "What is no card number stays",
        arguments: [
            "4111111111111112", "1764547200000", "1764547200000000", "0000000000000000", "4111 11 11 1111 1111",
            "x4111111111111111", "4111111111111111x", "0.4111111111111111", "4111111111111111.5", "4111_1111111111111",
            "9111111111111111", "41111111111", "550e8400-e29b-41d4-a716-446655440000",
        ])
    func noCards(text: String) { #expect(Self.found(text) == []) }

    @Test(
        "Account numbers are found by country, length and check digits, in any case",
        arguments: [
            "DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "de89370400440532013000", "GB82WEST12345698765432",
            "NO9386011117947", "MT84MALT011000012345MTLCAST001S", "FR14 2004 1010 0505 0001 3M02 606",
        ])
    func accounts(number: String) { #expect(Self.found("to \(number).") == ["IBAN: \(number)"]) }

    @Test(
        "What is no account number stays",
        arguments: [
            "DE89370400440532013001", "DE8937040044053201300", "XX89370400440532013000", "DE89 37 0400440532013000",
            "aDE89370400440532013000", "DE893704004405320130001",
        ])
    func noAccounts(text: String) { #expect(Self.found(text) == []) }

    @Test(
        "Tokens are found by their prefixes",
        arguments: [
            ("AKIA", 16), ("ghp_", 36), ("github_pat_", 30), ("glpat-", 20), ("xoxb-", 24), ("sk-", 40),
            ("sk_live_", 24),
            ("AIza", 35), ("hf_", 34), ("npm_", 36), ("hvs.", 24), ("dop_v1_", 64), ("ya29.", 40), ("SG.", 60),
        ])
    func tokens(prefix: String, count: Int) {
        let token = Self.made(prefix, count)
        for text in ["export T=\(token)", "\"\(token)\"", token, "https://x:\(token)@host/"] {
            #expect(Self.found(text) == ["token: \(token)"], "\(text)")
        }
        // A prefix alone is a word about tokens.
        #expect(Self.found("a token begins with \(prefix) and goes on") == [])
        #expect(Self.found(Self.made(prefix, 4)) == [])
        #expect(Self.found("x" + token) == [])
    }

    @Test("Of a name and its value the value is taken, and the name stays")
    func namedValue() {
        let value = Self.made("", 40)
        for text in [
            "aws_secret_access_key = \(value)", "AWS_SECRET_ACCESS_KEY=\"\(value)\"",
            "\"SecretAccessKey\": \"\(value)\"",
        ] {
            #expect(Self.found(text) == ["token: \(value)"], "\(text)")
        }
        #expect(Self.found("aws_secret_access_key\(value)") == [])
    }

    @Test("A web token needs three parts")
    func webTokens() {
        let parts = [Self.made("eyJ", 20), Self.made("eyJ", 30), Self.made("", 43)]
        let token = parts.joined(separator: ".")
        #expect(Self.found("Authorization: Bearer \(token)\n") == ["web token: \(token)"])
        #expect(Self.found(parts[0]) == [])
        #expect(Self.found("\(parts[0]).\(parts[1])") == [])
    }

    @Test("A private key is taken from its first line to its last")
    func privateKeys() {
        for label in ["PRIVATE KEY", "OPENSSH PRIVATE KEY", "EC PRIVATE KEY", "PGP PRIVATE KEY BLOCK"] {
            let block =
                "\(Self.dashes)BEGIN \(label)-----\nProc-Type: 4\n\n\(Self.made("", 64))\n-----END \(label)-----"
            #expect(Self.found("a\n\(block)\nb") == ["private key: \(block)"])
        }
        let age = Self.made("AGE-SECRET-KEY-1", 58)
        #expect(Self.found(age) == ["private key: \(age)"])
    }

    @Test("A private key without its last line is taken as far as it may reach, and within its string")
    func cutPrivateKeys() {
        let begin = "\(Self.dashes)BEGIN PRIVATE KEY\(Self.dashes)\\n" + Self.made("", 40)
        #expect(Self.found("{\"key\":\"\(begin)\",\"n\":1}") == ["private key: \(begin)"])
        #expect(Self.found("x \(begin)") == ["private key: \(begin)"])
    }

    @Test("Public keys and certificates stay")
    func publicKeys() {
        for label in ["PUBLIC KEY", "CERTIFICATE", "SSH2 PUBLIC KEY"] {
            #expect(Self.found("\(Self.dashes)BEGIN \(label)-----\n\(Self.made("", 64))\n-----END \(label)-----") == [])
        }
        #expect(Self.found("-----BEGIN CERTIFICATE-----\nno PRIVATE KEY----- here") == [])
    }

    @Test("Addresses are taken by request alone")
    func addresses() {
        let text = "write to Ann.Lee+x@mail.example.org. Or @nobody, a@b, user@localhost"
        #expect(Self.found(text) == [])
        #expect(Self.found(text, SecretFilter(findsAddresses: true)) == ["e-mail address: Ann.Lee+x@mail.example.org"])
    }

    @Test("Own patterns match within a line, in any script")
    func ownPatterns() throws {
        var filter = SecretFilter(findsKnownShapes: false)
        try filter.add(pattern: "Projekt [A-ZÄ]+")
        try filter.add(pattern: "#[0-9]{4}")
        #expect(
            Self.found("é Projekt ÄGIR läuft\nProjekt\nX #1234", filter) == [
                "own pattern: Projekt ÄGIR", "own pattern: #1234",
            ])
        #expect(Self.found("4111111111111111", filter) == [])
    }

    @Test("A text that is no pattern, matches everywhere, or is one too many is refused")
    func refusedPatterns() throws {
        var filter = SecretFilter()
        for pattern in ["", "(", "[", "a*", "x|", String(repeating: "a", count: 257)] {
            #expect(throws: CofferError(.usage, "", rule: "secrets.pattern")) { try filter.add(pattern: pattern) }
        }
        for number in 0..<SecretFilter.maximumPatterns { try filter.add(pattern: "p\(number)") }
        #expect(throws: CofferError(.usage, "", rule: "secrets.pattern")) { try filter.add(pattern: "more") }
    }

    @Test("In random text with secrets planted, all of them are taken and all else stays")
    func planted() {
        var random = SeededGenerator()
        let secrets = [
            "4111 1111 1111 1111", "DE89370400440532013000", Self.made("ghp_", 36), Self.made("AKIA", 16),
            "\(Self.dashes)BEGIN PRIVATE KEY\(Self.dashes)\n\(Self.made("", 50))\n\(Self.dashes)END PRIVATE KEY\(Self.dashes)",
        ]
        let words = [
            "the", "naïve", "12", "2026-11-30", "x=1", "漢字", "a@b.c", "sk-", "-----", "eyJ", "4111", "DE89",
            "\u{1b}[1m",
        ]
        for round in 0..<300 {
            var text = ""
            var left = ""
            var planted = 0
            for _ in 0..<Int.random(in: 0...30, using: &random) {
                if Bool.random(using: &random) {
                    let word = words.randomElement(using: &random) ?? ""
                    text += " \(word) "
                    left += " \(word) "
                } else {
                    text += "\n"
                    left += "\n"
                    if Int.random(in: 0..<4, using: &random) == 0 {
                        let place = Int.random(in: 0..<secrets.count, using: &random)
                        text += secrets[place] + "\n"
                        left += "⟦\n"
                        planted += 1
                    }
                }
            }
            let filter = SecretFilter()
            var cleaned = filter.removed(from: text) ?? text
            for shape in SecretShape.allCases { cleaned = cleaned.replacingOccurrences(of: shape.mark) }
            #expect(filter.findings(in: Bytes(text.utf8)).count == planted, "round \(round) of seed \(random.seed)")
            #expect(cleaned == left, "round \(round) of seed \(random.seed)")
        }
    }

    @Test("Any bytes are looked through without a trap")
    func anyBytes() {
        var random = SeededGenerator()
        let alphabet = Bytes("-BEGIN PRIVATE KEY4 1eyJ.@AKIAghp_DE89\n\u{1b}[é".utf8) + [0, 0xff]
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            let found = SecretFilter(findsAddresses: true).findings(in: bytes)
            for finding in found { #expect(finding.range.upperBound <= bytes.count && !finding.range.isEmpty) }
        }
    }
}

extension String {
    fileprivate func replacingOccurrences(of mark: String) -> String { replacing(mark, with: "⟦") }
}
