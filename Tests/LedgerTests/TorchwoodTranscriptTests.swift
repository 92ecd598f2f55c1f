import CofferTestKit
import Sealing
import Testing

@testable import Ledger

/// The requests of torchwood's `cmd/litewitness/testdata/litewitness.txt`, byte for byte, with the log's own
/// signatures, and the status that each must have. (That witness answers 403 to an unknown log, where tlog-witness asks
/// for 404.)
@Suite("torchwood's transcript")
struct TorchwoodTranscriptTests {
    static let origin = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
    static let log = "ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f"

    static let one = "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    static let three = "RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0="
    static let five = "QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY="

    static let signedOne =
        "UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY="
    static let signedThree =
        "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go="
    static let signedFive =
        "UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww="

    static func leaf(_ number: UInt8, last: UInt8 = 0) -> String {
        Base64.encode([0x2a, number] + Bytes(repeating: 0, count: 29) + [last])
    }

    static let toFive = [
        leaf(2), leaf(3), "wgiIFdZfYNv6WU1OllBKsWnLYIS/DBMqt8Uh/S4OukE=", leaf(4),
    ]

    private func request(
        old: Int, proof: [String] = [], _ size: Int, _ root: String, _ signature: String,
        origin: String = TorchwoodTranscriptTests.origin
    ) -> Bytes {
        let lines = ["old \(old)"] + proof + ["", origin, String(size), root, "", "— \(origin) \(signature)"]
        return Array(lines.map { $0 + "\n" }.joined().utf8)
    }

    @Test("Every request has the status that the format gives it")
    func transcript() throws {
        let key = try VerifyingKey(hex: Self.log)
        let log = try #require(NoteKey(name: Self.origin, kind: .ed25519, key: key))
        let clock = ManualClock()
        let witness = try Witness(
            key: try testKey("witness"), name: "example.com/witness", logs: [Self.origin: [log]], directory: "w",
            files: SimulatedDisk(), now: clock.read)
        func status(_ body: Bytes) throws -> Int {
            #expect(try AddCheckpoint(parsing: body).encoded == body)
            return try witness.addCheckpoint(body).status
        }
        let first = request(old: 0, 1, Self.one, Self.signedOne)
        let reply = try witness.addCheckpoint(first)
        #expect(reply.status == 200 && String(decoding: reply.body, as: UTF8.self).hasPrefix("— example.com/witness "))

        let proof = [Self.leaf(1), Self.leaf(2)]
        // The published forgery ends in base64 that is not canonical: to us it is no note. One that is, is 403.
        let published = Self.signedThree.replacing("x6go=", with: "x6gx=")
        #expect(try witness.addCheckpoint(request(old: 1, proof: proof, 3, Self.three, published)).status == 400)
        let forged = Self.signedThree.replacing("x6go=", with: "x6gk=")
        #expect(try status(request(old: 1, proof: proof, 3, Self.three, forged)) == 403)
        let other = Self.origin.dropLast() + "3"
        #expect(
            try status(request(old: 1, proof: proof, 3, Self.three, Self.signedThree, origin: String(other))) == 404)
        #expect(try status(request(old: 1, 3, Self.three, Self.signedThree)) == 422)
        let bad = [Self.leaf(1), Self.leaf(2, last: 16)]
        #expect(try status(request(old: 1, proof: bad, 3, Self.three, Self.signedThree)) == 422)
        #expect(try status(request(old: 1, proof: proof, 3, Self.three, Self.signedThree)) == 200)

        let stale = [Self.leaf(1), "+fUDV+k970B4I3uKrqJM4aP1lloPZP8mvr2Z4wRw2LI=", Self.leaf(4)]
        let conflict = try witness.addCheckpoint(request(old: 1, proof: stale, 5, Self.five, Self.signedFive))
        #expect(conflict == Witness.Reply(status: 409, contentType: "text/x.tlog.size", body: Array("3\n".utf8)))
        #expect(try status(request(old: 3, proof: Self.toFive, 5, Self.five, Self.signedFive)) == 200)
        let unaware = try witness.addCheckpoint(request(old: 0, 5, Self.five, Self.signedFive))
        #expect(unaware.status == 409 && unaware.body == Array("5\n".utf8))
    }
}
