import CofferTestKit
import Ledger
import Rules
import Sealing
import Testing

/// What holds for every statement: form, origin, identity, `until`, signatures.
@Suite("Headings")
struct HeadingTests {
    static let cases: [RefusalCase] = [
        RefusalCase("malformed", "bytes that are no note") { s, _ in s.append(Bytes("no note".utf8)) },
        RefusalCase("malformed", "nothing at all") { s, _ in s.append([]) },
        RefusalCase("malformed", "a text without a signature") { s, _ in s.append(s.halt().text) },
        RefusalCase("malformed", "an unknown type") { s, _ in
            let halt = s.halt()
            let text = NoteText.make(
                "pause", [.init("origin", .string(Scenario.origin)), .init("id", .bytes(halt.heading.id.bytes))])
            return s.append(Scenario.signed(text, by: ["security"]))
        },
        RefusalCase("malformed", "white space in the JSON") { s, _ in
            let text = Bytes(String(decoding: s.halt().text, as: UTF8.self).replacing(":\"", with: ": \"").utf8)
            return s.append(Scenario.signed(text, by: ["security"]))
        },
        RefusalCase("malformed", "an `until` on a stopping statement") { s, _ in
            s.submit(Halt(heading: s.heading()), by: ["security"])
        },
        RefusalCase("malformed", "a note longer than an entry takes") { s, _ in
            let halt = Scenario.note(s.halt(), by: ["security"])
            return s.append(halt + Bytes(repeating: 65, count: SignedNote.maximumCount))
        },
        RefusalCase("charter.pin", "a second charter") { s, _ in
            let terms = s.terms
            return s.submit(Charter(heading: s.heading(), terms: terms), by: Scenario.names(signing: terms))
        },
        RefusalCase("charter.pin", "the charter once more") { s, _ in s.append(s.charterNote) },
        RefusalCase("origin", "another ledger's statement") { s, _ in
            s.submit(Halt(origin: "ledger.example/coffeR"), by: ["security"])
        },
        RefusalCase("duplicate", "the same text") { s, _ in
            let halt = s.halt()
            s.submit(halt, by: ["security"])
            return s.submit(halt, by: ["security"])
        },
        RefusalCase("duplicate", "the same text with other signatures") { s, _ in
            let purpose = s.purpose()
            s.submit(purpose, by: ["privacy", "works"])
            return s.submit(purpose, by: ["legal", "works"])
        },
        RefusalCase("duplicate", "the same text at its `until`") { s, _ in
            let purpose = s.purpose()
            s.submit(purpose, by: Scenario.reviewers)
            s.now = purpose.heading.until ?? 0
            return s.submit(purpose, by: Scenario.reviewers)
        },
        RefusalCase("until.past", "the same text after its `until`") { s, _ in
            let purpose = s.purpose()
            s.submit(purpose, by: Scenario.reviewers)
            s.now = (purpose.heading.until ?? 0) + 1
            return s.submit(purpose, by: Scenario.reviewers)
        },
        RefusalCase(nil, "what was refused before, once it is signed well") { s, _ in
            let purpose = s.purpose()
            #expect(s.submit(purpose, by: ["privacy", "legal"]).rule == "quorum")
            return s.submit(purpose, by: Scenario.reviewers)
        },
        RefusalCase(nil, "an `until` of this very moment") { s, _ in
            s.submit(Resume(heading: s.heading(until: s.now), halts: s.halted()), by: Scenario.reviewers)
        },
        RefusalCase("until.past", "an `until` a millisecond ago") { s, _ in
            s.submit(Resume(heading: s.heading(until: s.now - 1), halts: s.halted()), by: Scenario.reviewers)
        },
        RefusalCase("until.past", "a stamp that went back: the clock does not") { s, _ in
            let heading = s.heading(until: s.now - 1)
            s.submit(s.halt(), by: ["security"])
            s.now -= 7_000
            return s.submit(Resume(heading: heading, halts: s.halted()), by: Scenario.reviewers)
        },
        RefusalCase(nil, "an `until` in seven days") { s, _ in
            let heading = s.heading(until: s.now + 7 * millisecondsPerDay)
            return s.submit(Resume(heading: heading, halts: s.halted()), by: Scenario.reviewers)
        },
        RefusalCase("until.far", "an `until` in seven days and a millisecond") { s, _ in
            let heading = s.heading(until: s.now + 7 * millisecondsPerDay + 1)
            return s.submit(Resume(heading: heading, halts: s.halted()), by: Scenario.reviewers)
        },
        RefusalCase("until.far", "a consent's in a day and a millisecond") { s, p in
            s.submit(s.enrol(["cy"]), by: ["desk"])
            let consent = s.consent("cy", to: p.purpose)
            let heading = s.heading(until: s.now + millisecondsPerDay + 1)
            return s.submit(consent.with(heading), by: ["cy"])
        },
        RefusalCase("until.far", "a release's in an hour and a millisecond") { s, p in
            let release = try s.release(p.grant, [#require(p.consents["ann"]): [Scenario.page(1)]])
            let heading = s.heading(until: s.now + Scenario.hour + 1)
            return s.submit(
                Release(heading: heading, grant: p.grant, recipient: release.recipient, consents: release.consents),
                by: ["job"])
        },
        RefusalCase("signature", "a line by a stranger beside a good one") { s, _ in
            s.submit(s.halt(), by: ["security", "mallory"])
        },
        RefusalCase("signature", "the same key twice") { s, _ in s.submit(s.halt(), by: ["security", "security"]) },
        RefusalCase("signature", "a signature over another text") { s, _ in
            let (one, other) = (s.halt(), s.halt())
            return s.append(one.text + Scenario.note(other, by: ["security"]).dropFirst(other.text.count))
        },
        RefusalCase("signature", "a good line and an unknown type of line by the same name") { s, _ in
            let name = Scenario.publicKey("emergency").hex
            let extra = NoteSignature(name: name, keyID: 7, signature: Bytes(repeating: 1, count: 64))
            return s.append(Scenario.note(s.halt(), by: ["security"]) + extra.encoded)
        },
        RefusalCase("signature", "a cosigner's line") { s, _ in s.submit(s.halt(), by: ["security", "cosigner acme-1"])
        },
        RefusalCase("signature", "a halt by a reviewer") { s, _ in s.submit(s.halt(), by: ["works"]) },
        RefusalCase(nil, "a halt by two halters") { s, _ in s.submit(s.halt(), by: ["security", "emergency"]) },
    ]

    @Test("Headings are accepted or refused by their rules", arguments: cases)
    func heading(_ attempt: RefusalCase) throws { try attempt.check() }

    @Test("Origins compare as bytes")
    func originsCompareAsBytes() {
        // U+212A, the Kelvin sign, is canonically equivalent to K: Swift's == takes the two for equal.
        let state = LedgerState(origin: "K", charterHash: Hash256(of: Bytes("pin".utf8)))
        #expect("\u{212A}" == "K")
        var scenario = Scenario()
        #expect(scenario.submit(Halt(origin: Scenario.origin + "\u{301}"), by: ["security"]).rule == "origin")
        #expect(state.charter == nil)
    }

    @Test("Nothing is accepted before the charter")
    func nothingStandsBeforeTheCharter() {
        let scenario = Scenario()
        var state = LedgerState(origin: Scenario.origin, charterHash: scenario.charter.hash)
        let halt = Entry(stamp: 0, note: Scenario.note(Halt(origin: Scenario.origin), by: ["security"]))
        #expect(state.apply(halt).rule == "charter.pin")
        // And then the ledger never begins.
        #expect(state.apply(scenario.entries[0]).rule == "charter.pin")
        #expect(state.apply(halt).rule == "charter.pin")
    }
}

extension Scenario {
    /// A text signed by these people, whatever it says.
    static func signed(_ text: Bytes, by signers: [String]) -> Bytes {
        text + [10] + signers.flatMap { NoteKey(signer: publicKey($0)).sign(text, with: key($0)).encoded }
    }

    /// The hash of a halt that was accepted just now.
    mutating func halted() -> [Hash256] {
        let halt = halt()
        submit(halt, by: ["security"])
        return [halt.hash]
    }
}

extension Consent {
    func with(_ heading: Heading) -> Consent {
        Consent(
            heading: heading, pseudonym: pseudonym, purpose: purpose, rosterHash: rosterHash, subKeys: subKeys,
            scope: scope,
            window: window, expires: expires)
    }
}
