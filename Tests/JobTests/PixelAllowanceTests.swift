import Records
import Sealing
import Testing

@testable import Job

/// How much one person may make a job decode.
@Suite("Pixel allowance")
struct PixelAllowanceTests {
    private let desk = Desk()

    /// How many of these records a day may have, at most `limit`.
    private func paid(_ record: Record, limit: Int) throws -> Int {
        let tiles = try TileSet(parsing: record.json, compressed: record.tiles ?? [])
        var allowance = PixelAllowance()
        for count in 0..<limit {
            do { try allowance.pay(for: tiles, in: record) } catch {
                #expect(error == CofferError(.tampering, "", rule: "segment.pixels"))
                return count
            }
        }
        return limit
    }

    @Test("Large black screens of a few bytes are bounded")
    func bombs() throws {
        let bomb = try desk.screen(width: 16_384, height: 2_441, isKey: true, at: 0)
        let most = try paid(bomb, limit: 10_000)
        #expect((100...110).contains(most), "\(most)")
    }

    @Test("What a screen takes in bytes pays for it, for ever", arguments: [5_000, 200_000])
    func honest(_ bytes: Int) throws {
        let json = #"{"w":1920,"h":1080,"key":true,"tiles":[0]}"#
        let record = Record(time: desk.at(0), json: Array(json.utf8), tiles: Bytes(repeating: 1, count: bytes))
        #expect(try paid(record, limit: 50_000) == 50_000)
    }

    @Test("Every tile that changes pays for most of itself")
    func tiles() throws {
        let list = (1_000..<1_500).map(String.init).joined(separator: ",")
        let json = #"{"w":3840,"h":2160,"key":false,"tiles":[\#(list)]}"#
        let record = Record(time: desk.at(0), json: Array(json.utf8), tiles: Bytes(repeating: 1, count: 100))
        // An hour of changes of a quarter of the screen every second, as flat as they can be.
        #expect(try paid(record, limit: 3_600) == 3_600)
    }

    @Test("A person's devices share one day's allowance")
    func shared() throws {
        let bomb = TimedRecord(
            record: try desk.screen(width: 64, height: 64, isKey: true, at: 0),
            source: SegmentSource(kind: .screen, app: try AppName("code"), page: .zero, body: .zero, release: 0),
            index: 0)
        let stream = Sample.Stream(origin: "o", grant: 0, purpose: .zero)
        let subjects = Subjects(job: SigningKey(), grant: .zero)
        let person = SigningKey().publicKey
        var first = Sampler(stream: stream, subjects: subjects, pseudonym: person, device: 0)
        let before = first.pixels
        _ = try first.take(bomb)
        #expect(first.pixels != before)
        let second = Sampler(stream: stream, subjects: subjects, pseudonym: person, device: 1, pixels: first.pixels)
        #expect(second.pixels == first.pixels)
    }
}
