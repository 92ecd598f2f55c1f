import CofferTestKit
import Records
import Sealing
import Testing

@testable import Vault

/// `redact` takes out what was said in a time, in later records, too, and nothing else.
@Suite("Redaction by information")
struct RedactionTests {
    private let vault: TemporaryVault
    private let noon = TemporaryVault.noon

    init() throws { vault = try TemporaryVault() }

    private func key(_ key: String, _ isPress: Bool, at time: Milliseconds) -> Record {
        RecordContent.keys(KeyContent(isPress: isPress, key: key, origin: .device)).record(at: noon + time)
    }

    private func button(_ name: String, _ isPress: Bool, at time: Milliseconds) -> Record {
        let action: PointerContent.Action = isPress ? .press(button: name) : .release(button: name)
        return RecordContent.pointer(
            PointerContent(action: action, x: 1, y: 1, screenWidth: 64, screenHeight: 64, origin: .device)
        ).record(at: noon + time)
    }

    private func title(_ title: String, at time: Milliseconds) -> Record {
        RecordContent.window(WindowContent(title: title)).record(at: noon + time)
    }

    /// Redacts a time of what is named, with everything else there.
    private func redact(_ since: Milliseconds, _ until: Milliseconds, kinds: [Kind] = []) throws -> OpenVault.Redacted {
        let open = try vault.open
        let all = try open.refresh(now: .max).segments
        let selector = Selector(since: noon + since, until: noon + until, kinds: kinds)
        return try open.redact(
            try selector.select(from: all), among: try Selector(kinds: kinds).select(from: all), since: noon + since,
            until: noon + until)
    }

    private func records(_ kind: Kind) throws -> [Record] { try vault.segments(kind).flatMap(\.records) }

    @Test("The release of a press that goes is gone, in this segment and in the next; that of another one stays")
    func releases() throws {
        let first = [
            key("x", true, at: 0), key("1", true, at: 100), key("2", true, at: 200), key("1", false, at: 210),
            key("x", false, at: 220),
        ]
        let second = [
            key("2", false, at: 300), key("2", true, at: 400), key("2", false, at: 410),
        ]
        try vault.store(first)
        try vault.store(second)
        try vault.store(
            [button("left", true, at: 150), button("left", false, at: 250), button("left", true, at: 260)],
            kind: .pointer)
        let result = try redact(90, 205)
        #expect(result.records == 6)
        #expect(try records(.keys) == [first[0], first[4]] + second[1...])
        #expect(try records(.pointer) == [button("left", true, at: 260)])
    }

    @Test("A held key that repeats in the time has no release left, and one that repeats before it keeps its own")
    func repeats() throws {
        let kept = [key("a", true, at: 0), key("a", true, at: 40), key("a", false, at: 60)]
        let held = [key("b", true, at: 80), key("b", true, at: 120), key("b", false, at: 160)]
        try vault.store(kept + held)
        _ = try redact(100, 150)
        #expect(try records(.keys) == kept + [held[0]])
    }

    @Test("A title that came up in the time and lasts stays, from its end on")
    func titles() throws {
        let titles = [title("one", at: 0), title("two", at: 100), title("three", at: 150), title("four", at: 900)]
        try vault.store(titles, kind: .window)
        try vault.store([key("a", true, at: 50), key("b", true, at: 950)])
        let result = try redact(90, 200)
        #expect(result.records == 2)
        #expect(result.titled.isEmpty)
        #expect(try records(.window) == [titles[0], title("three", at: 201), titles[3]])
    }

    @Test("A title in which something of what was typed stands does not stay, and is named")
    func titlesThatSayIt() throws {
        try vault.store([title("one", at: 0), title("Search: HUNTER2 - Browser", at: 150)], kind: .window)
        try vault.store(
            [key("z", true, at: 50)] + "hunter2".enumerated().map { key(String($1), true, at: 100 + 5 * $0) }
                + [key("q", true, at: 900)])
        let result = try redact(90, 200)
        #expect(result.titled == [vault.code])
        #expect(try records(.window) == [title("one", at: 0)])
        #expect(result.records == 8)
    }

    @Test("Without anything of the app after the time, no title stands there")
    func titlesAtTheEnd() throws {
        try vault.store([title("one", at: 0), title("two", at: 100)], kind: .window)
        try vault.store([key("a", true, at: 100)])
        _ = try redact(90, 200)
        #expect(try records(.window) == [title("one", at: 0)])
    }

    // MARK: Frames

    /// White, with a pattern of pixels that a number names, 40 wide and 12 high, at each place.
    private func frame(_ patterns: [(number: UInt64, x: Int, y: Int)]) throws -> ScreenFrame {
        try ScreenFrame(width: 320, height: 256) { pixels in
            for at in pixels.indices { pixels[at] = 255 }
            for pattern in patterns {
                var random = SeededGenerator(seed: pattern.number)
                for y in 0..<12 {
                    for x in 0..<40 where Bool.random(using: &random) {
                        for channel in 0..<3 { pixels[((pattern.y + y) * 320 + pattern.x + x) * 3 + channel] = 0 }
                    }
                }
            }
        }
    }

    private func store(_ frames: [(Milliseconds, ScreenFrame)]) throws {
        var encoder = TileEncoder()
        try vault.store(
            try frames.compactMap { time, frame in
                try encoder.encode(frame).map { RecordContent.screen($0).record(at: noon + time) }
            }, kind: .screen)
    }

    private func frames() throws -> [(time: Milliseconds, frame: ScreenFrame)] {
        try vault.segments(.screen).flatMap { segment in
            var decoder = TileDecoder()
            return try segment.records.map { record in
                let tiles = try TileSet(parsing: record.json, compressed: record.tiles ?? [])
                return (record.time - noon, try decoder.decode(tiles))
            }
        }
    }

    private func isBlack(_ frame: ScreenFrame, _ x: Int, _ y: Int) -> Bool {
        (y..<y + 12).allSatisfy { row in (x..<x + 40).allSatisfy { frame[$0, row] == (0, 0, 0) } }
    }

    @Test("Later frames are black where they show what was drawn in the time, until it was repainted")
    func laterFrames() throws {
        let other = (number: UInt64(1), x: 10, y: 10)
        let secret = (number: UInt64(2), x: 200, y: 100)
        let more = (number: UInt64(3), x: 10, y: 200)
        let cleared = try frame([other, more])
        // The secret shows first in a frame after the time. The next segment still shows it, then scrolls, then clears.
        try store([
            (0, try frame([other])), (1200, try frame([other, secret])), (5000, try frame([other, secret, more])),
        ])
        try store([
            (3_600_000, try frame([other, secret, more, (4, 250, 10)])),
            (3_700_000, try frame([other, (2, 200, 61), more])), (3_800_000, cleared),
        ])
        try vault.store([key("a", true, at: 1000)])
        let result = try redact(900, 1100)
        #expect(result.records == 1)
        #expect(result.frames == 4)
        #expect(result.shown.isEmpty)
        let left = try frames()
        #expect(left.map(\.time) == [0, 1200, 5000, 3_600_000, 3_700_000, 3_800_000])
        let first = try frame([other])
        #expect(left.first?.frame == first && left.last?.frame == cleared)
        for (time, frame) in left where time > 0 && time < 3_800_000 {
            #expect(isBlack(frame, 200, time == 3_700_000 ? 61 : 100), "at \(time)")
            #expect(!isBlack(frame, 10, 10) && frame[100, 230] == (255, 255, 255), "at \(time)")
        }
    }

    @Test("Frames of the time go, and what the newest one still shows is told")
    func newest() throws {
        let secret = (number: UInt64(2), x: 200, y: 100)
        try store([(0, try frame([])), (1000, try frame([secret])), (4000, try frame([secret, (3, 10, 10)]))])
        let result = try redact(900, 1100)
        #expect(result.records == 1 && result.frames == 1)
        #expect(result.shown[vault.code]?.contains { $0.x <= 200 && $0.x + $0.width >= 240 } == true)
        let left = try frames()
        #expect(left.map(\.time) == [0, 4000])
        let last = try #require(left.last).frame
        #expect(isBlack(last, 200, 100) && !isBlack(last, 10, 10))
    }

    @Test("Screens stay as they are where only other kinds are named")
    func untouched() throws {
        try store([(0, try frame([])), (1000, try frame([(2, 200, 100)]))])
        try vault.store([key("a", true, at: 1000), key("b", true, at: 5000)])
        let before = try vault.segments(.screen).map(\.label.bodyHash)
        let result = try redact(900, 1100, kinds: [.keys])
        #expect(result.records == 1 && result.frames == 0)
        #expect(try vault.segments(.screen).map(\.label.bodyHash) == before)
    }

    @Test("Without a frame of the time, the first one after it shows what was drawn")
    func lateFrame() throws {
        try store([
            (0, try frame([])), (9000, try frame([(2, 200, 100)])), (12_000, try frame([(2, 200, 100), (3, 10, 10)])),
        ])
        try vault.store([key("a", true, at: 1000)])
        #expect(try redact(900, 1100).frames == 2)
        let left = try frames()
        #expect(left.allSatisfy { $0.time == 0 || isBlack($0.frame, 200, 100) && !isBlack($0.frame, 10, 10) })
        #expect(left.last?.time == 12_000)
    }

    @Test("What a keyholder adopted or rewrote counts as its laptop's, in every page")
    func laptops() throws {
        let open = try vault.open
        let own = try vault.directory.deviceKey().publicKey
        try vault.store([key("a", true, at: 0), key("b", true, at: 100)])
        _ = try redact(90, 110)
        let rewritten = try #require(try open.refresh(now: .max).segments.first)
        #expect(rewritten.device != own)
        #expect(try open.laptops()[rewritten.device] == own)
        #expect(try open.laptops()[own] == nil)
    }
}
