import CofferTestKit
import Files
import Foundation
import Sealing
import Testing
import Vault

@testable import Capture
@testable import Records

/// Secrets are taken out before anything is sealed, on every way into the vault.
@Suite("Secrets and sealing")
struct SecretSealingTests {
    private static let card = "4111111111111111"
    private let desk: ImportDesk

    init() throws { desk = try ImportDesk() }

    private var vault: TemporaryVault { desk.home }

    private func typed() throws -> [Record] {
        ("a " + Self.card + " b").enumerated().map { place, character in
            let key = KeyContent(isPress: true, key: String(character), origin: .device)
            return RecordContent.keys(key).record(at: TemporaryVault.noon + Milliseconds(rawValue: UInt64(place)))
        }
    }

    /// What is sealed of keys: characters, and a bracket for each secret.
    private func sealed() throws -> String {
        try vault.segments(.keys).flatMap(\.records).map { record in
            switch try RecordContent(record, kind: .keys) {
            case .keys(let key): key.key
            case .removed: "[]"
            default: "?"
            }
        }.joined()
    }

    @Test("What was typed is cleaned when its segment closes")
    func closing() throws {
        let segments = OpenSegments(sealer: try vault.sealer)
        for record in try typed() { try segments.add(record, kind: .keys, app: vault.code, uptime: 1) }
        try segments.closeAll()
        #expect(try sealed() == "a [] b")
    }

    @Test("A journal that a crash left is cleaned when it is adopted")
    func adoption() throws {
        do { _ = try vault.journal(try typed()) }
        let found = try vault.open.refresh(now: TemporaryVault.noon + 1000)
        #expect(found.alarms.isEmpty)
        #expect(try sealed() == "a [] b")
    }

    @Test("A title never reaches even a journal with a secret in it")
    func journals() throws {
        let segments = OpenSegments(sealer: try vault.sealer)
        let record = RecordContent.window(WindowContent(title: "card \(Self.card)")).record(at: TemporaryVault.noon)
        try segments.add(record, kind: .window, app: vault.code, uptime: 1)
        try segments.flush()
        let name = try #require(try vault.directory.openJournals().first).name
        let file = try #require(try DurableFile.read("\(vault.directory.path)/journals/\(name)", atMost: 1 << 20))
        let journal = try JournalSalvage.open(file, with: vault.keys.sealing)
        #expect(
            journal.runs.flatMap { $0 }.map { String(decoding: $0.json, as: UTF8.self) } == [
                #"{"title":"card ⟦removed: card number⟧"}"#
            ])
    }

    @Test("Imported prompts, steps and terminal output are cleaned")
    func imports() throws {
        try desk.seal(
            try desk.write(#"{"messages":[{"role":"user","content":"card \#(Self.card)"}]}"#, "chat.jsonl"),
            as: .transcript)
        try desk.seal(
            try desk.write(
                """
                {"version": 2, "width": 80, "height": 24, "timestamp": 1700000000}
                [0.1, "o", "41111111"]
                [0.2, "o", "11111111 end"]

                """, "a.cast"), as: .asciicast)
        let prompts = try desk.records(.prompt).map { "\($0.content)" }.joined()
        #expect(prompts.contains("card ⟦removed: card number⟧") && !prompts.contains("4111"))
        let output = try desk.records(.terminal).map { "\($0.content)" }.joined()
        #expect(output.contains("⟦removed: card number⟧") && output.contains(" end") && !output.contains("1111"))
    }

    @Test("A record of a removed secret is exported and imported as it is")
    func exported() throws {
        let line = #"{"t":1700000000000,"kind":"keys","app":"code","type":"removed","secret":"card number"}"#
        try desk.seal(try desk.write(line + "\n"), as: .jsonl)
        #expect(try desk.records(.keys).map(\.content) == [.removed(RemovedContent(shape: .card))])
        #expect(
            try desk.refusal(try desk.write(line.replacingOccurrences(of: "card number", with: "card")), as: .jsonl)
                == nil)
    }

    @Test("The setting is kept, and is in force for what is sealed next")
    func setting() throws {
        #expect(try vault.directory.readSecretFilter() == SecretFilter())
        var filter = SecretFilter(findsKnownShapes: false, findsAddresses: true)
        try filter.add(pattern: "x[0-9]+")
        try vault.directory.write(filter)
        #expect(try vault.directory.readSecretFilter() == filter)
        do { _ = try vault.journal(try typed()) }
        _ = try vault.open.refresh(now: TemporaryVault.noon + 1000)
        #expect(try sealed() == "a \(Self.card) b")
    }

    @Test("A damaged setting lets nothing more through, and says so", arguments: ["", "{}\n", "junk", "sparse"])
    func damaged(how: String) throws {
        var filter = SecretFilter(findsKnownShapes: false)
        try filter.add(pattern: "x")
        try vault.directory.write(filter)
        let path = vault.directory.path + "/secrets"
        try DurableFile.write(Bytes(how.utf8), to: path)
        if how == "sparse" { try #require(truncate(path, 1 << 40) == 0) }
        #expect(throws: CofferError.self) { try vault.directory.readSecretFilter() }
        #expect(vault.directory.secretFilter == SecretFilter(findsKnownShapes: true, findsAddresses: true))
    }

    @Test("A pattern in the file that is no pattern is damage")
    func badPattern() throws {
        let text = #"{"schema":"coffer.secrets.v1","known":true,"addresses":false,"patterns":["("]}"# + "\n"
        try DurableFile.write(Bytes(text.utf8), to: vault.directory.path + "/secrets")
        #expect(throws: CofferError(.configuration, "", rule: "secrets.damaged")) {
            try vault.directory.readSecretFilter()
        }
    }
}
