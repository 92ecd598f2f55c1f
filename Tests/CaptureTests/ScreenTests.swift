import CofferTestKit
import Foundation
@testable import Records
import Sealing
import Testing

@testable import Capture

/// A frame painted by a function of the place.
private func painted(_ width: Int, _ height: Int, _ color: (Int, Int) -> UInt8) throws -> ScreenFrame {
    try ScreenFrame(width: width, height: height) { pixels in
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<3 { pixels[(y * width + x) * 3 + channel] = color(x, y) &+ UInt8(channel) }
            }
        }
    }
}

@Suite("Screen tiles")
struct ScreenTests {
    @Test(
        "Frames come back pixel by pixel, at every awkward size", arguments: [(1, 1), (63, 65), (64, 64), (130, 200)])
    func roundTrip(_ width: Int, _ height: Int) throws {
        var encoder = TileEncoder()
        var decoder = TileDecoder()
        for turn in 0..<4 {
            let frame = try painted(width, height) { UInt8(truncatingIfNeeded: ($0 / 64 + $1 / 64) * turn * 7) }
            guard let tiles = try encoder.encode(frame) else { continue }
            #expect(tiles.isKey == (turn == 0))
            let again = try TileSet(parsing: tiles.object.encoded, compressed: tiles.compressed)
            #expect(again == tiles)
            #expect(try decoder.decode(again) == frame)
        }
    }

    @Test("Only what changed is encoded, and nothing when nothing did")
    func changes() throws {
        var encoder = TileEncoder()
        let first = try painted(256, 128) { _, _ in 9 }
        #expect(try encoder.encode(first)?.indices == Array(0..<8))
        #expect(try encoder.encode(first) == nil)
        let second = try painted(256, 128) { x, y in x == 200 && y == 70 ? 8 : 9 }
        let tiles = try #require(try encoder.encode(second))
        #expect(tiles.indices == [7])
        #expect(!tiles.isKey)
        encoder.startSegment()
        #expect(try encoder.encode(second)?.isKey == true)
    }

    @Test("A black screen is a key frame without tiles")
    func black() throws {
        var encoder = TileEncoder()
        let tiles = try #require(try encoder.encode(try ScreenFrame(width: 640, height: 480)))
        #expect(tiles.indices.isEmpty && tiles.isKey)
        var decoder = TileDecoder()
        #expect(try decoder.decode(tiles) == ScreenFrame(width: 640, height: 480))
    }

    @Test("Tampered tile sets are refused")
    func refused() throws {
        var encoder = TileEncoder()
        let tiles = try #require(try encoder.encode(try painted(100, 100) { x, _ in UInt8(x) }))
        var decoder = TileDecoder()
        func object(_ w: UInt64, _ key: Bool, _ indices: [UInt64]) -> CanonicalJSON {
            .object([
                .init("w", .integer(w)), .init("h", .integer(100)), .init("key", .boolean(key)),
                .init("tiles", .array(indices.map { .integer($0) })),
            ])
        }
        #expect(throws: FormatError.self) { try TileSet(parsing: object(100, true, [0, 4]).encoded, compressed: []) }
        #expect(throws: FormatError.self) { try TileSet(parsing: object(100, true, [1, 0]).encoded, compressed: []) }
        #expect(throws: FormatError.self) { try TileSet(parsing: object(0, true, []).encoded, compressed: []) }
        #expect(throws: FormatError.self) { try TileSet(parsing: object(100_000, true, []).encoded, compressed: []) }
        // A change before any key frame; too few and too many bytes; a broken frame.
        for (key, indices, compressed) in [
            (false, [0, 1, 2, 3], tiles.compressed), (true, [0, 1, 2], tiles.compressed),
            (true, [0, 1, 2, 3], Array(tiles.compressed.dropLast())), (true, [0], []),
        ] {
            let set = try TileSet(parsing: object(100, key, indices.map { UInt64($0) }).encoded, compressed: compressed)
            #expect(throws: FormatError.self) { try decoder.decode(set) }
        }
        // A change that changes nothing.
        #expect(throws: FormatError.notCanonical) {
            try TileSet(parsing: object(100, false, []).encoded, compressed: [])
        }
    }

    @Test("A tile set has one form: one frame, and zeros beyond the edge")
    func oneForm() throws {
        func set(_ indices: String, _ compressed: Bytes, side: Int = 64) throws -> TileSet {
            let json = #"{"w":\#(side),"h":\#(side),"key":true,"tiles":[\#(indices)]}"#
            return try TileSet(parsing: Array(json.utf8), compressed: compressed)
        }
        func frame(_ bytes: Bytes) throws -> Bytes { try bytes.withUnsafeBytes { try Zstd.compress($0) } }
        let tile = 64 * 64 * 3
        let whole = try frame(Bytes(repeating: 9, count: tile))
        let skippable: Bytes = [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]
        var decoder = TileDecoder()
        #expect(try decoder.decode(set("0", whole))[63, 63].red == 9)
        let parts = try frame(Bytes(repeating: 9, count: tile / 2))
        for wrong in [parts + parts, whole + skippable, skippable + whole, whole + [0], Array(whole.dropLast()), []] {
            #expect(throws: FormatError.self) { try decoder.decode(set("0", wrong)) }
        }
        #expect(try decoder.decode(set("", frame([])))[0, 0].red == 0)
        for wrong in [[], skippable, whole] {
            #expect(throws: FormatError.self) { try decoder.decode(set("", wrong)) }
        }
        // A screen of 10 × 10 pixels in a tile of 64 × 64.
        for (place, isInside) in [(0, true), (29, true), (30, false), (191, false), (9 * 192, true), (10 * 192, false)]
        {
            var bytes = Bytes(repeating: 0, count: tile)
            bytes[place] = 1
            let compressed = try frame(bytes)
            if isInside {
                #expect(try decoder.decode(set("0", compressed, side: 10)).width == 10)
            } else {
                #expect(throws: FormatError.notCanonical) { try decoder.decode(set("0", compressed, side: 10)) }
            }
        }
    }

    @Test("A change is made in place, unless somebody holds the frame before it")
    func inPlace() throws {
        var encoder = TileEncoder()
        let sets = try (1...4).map { turn in
            try #require(try encoder.encode(try painted(200, 200) { x, _ in x < 64 ? UInt8(turn) : 7 }))
        }
        func place(_ frame: ScreenFrame?) -> UnsafeRawPointer? { frame?.withPixels(\.baseAddress) }
        var decoder = TileDecoder()
        try decoder.decode(sets[0])
        let first = place(decoder.frame)
        try decoder.decode(sets[1])
        #expect(place(decoder.frame) == first)
        let held = decoder.frame
        try decoder.decode(sets[2])
        #expect(place(decoder.frame) != first && place(held) == first)
        #expect(held?[0, 0].red == 2 && decoder.frame?[0, 0].red == 3 && decoder.frame?[199, 199].red == 7)
        // A set that does not fit leaves the frame as it was.
        #expect(throws: FormatError.self) {
            try decoder.decode(TileSet(parsing: sets[3].object.encoded, compressed: sets[0].compressed + [0]))
        }
        #expect(decoder.frame?[0, 0].red == 3)
        #expect(try decoder.decode(sets[3])[0, 0].red == 4)
    }

    @Test(
        "A screen in tiles is the same screen, and shares what did not change",
        arguments: [(1, 1), (63, 65), (64, 64), (130, 200)])
    func tiled(_ width: Int, _ height: Int) throws {
        let first = try painted(width, height) { UInt8(truncatingIfNeeded: $0 &* 3 &+ $1 &+ 1) }
        var second = first
        second.change { $0[0] &+= 1 }
        let tiled = TiledFrame(first)
        let next = TiledFrame(second, sharing: tiled)
        #expect(try ScreenFrame(tiled) == first && ScreenFrame(next) == second)
        #expect(tiled != next && tiled == TiledFrame(first) && next[0, 0].red == second[0, 0].red)
        #expect(tiled[width - 1, height - 1] == first[width - 1, height - 1])
        let shared = tiled.tiles.indices.filter { tiled.tiles[$0] === next.tiles[$0] }
        #expect(shared == Array(tiled.tiles.indices.dropFirst()))
        // A black tile takes no memory.
        second.change { pixels in pixels.indices.forEach { pixels[$0] = 0 } }
        #expect(TiledFrame(second, sharing: next).tiles.allSatisfy { $0 == nil })
        #expect(try TiledFrame(width: width, height: height) == TiledFrame(second))
    }

    @Test("The memory of a tile is wiped when nothing shows it any more, and used again; more goes back to the system")
    func tileMemory() {
        let memory = TileMemory()
        let places = (0..<65).map { number in
            let place = memory.take()
            place.bytes.copyBytes(from: Bytes(repeating: UInt8(number + 1), count: TileGrid.tileBytes))
            return place
        }
        #expect(Set(places.map(\.bytes.baseAddress)).count == 65)
        #expect(places.enumerated().allSatisfy { number, place in place.bytes.allSatisfy { $0 == UInt8(number + 1) } })
        memory.giveBack(places[7])
        let again = memory.take()
        #expect(again.bytes.baseAddress == places[7].bytes.baseAddress && again.bytes.allSatisfy { $0 == 0 })
        // A hundred pieces at once, then none: only a screen's worth stays.
        let many = (0..<100 * 64).map { _ in memory.take() }
        #expect(memory.pieceCount >= 101)
        for place in many + places { memory.giveBack(place) }
        #expect(memory.pieceCount == 8)
    }

    @Test("PNG there and back; anything else is an error")
    func png() throws {
        let frame = try painted(97, 41) { UInt8(truncatingIfNeeded: $0 &* $1) }
        let file = try PNGImage.encode(frame)
        #expect(try PNGImage.decode(file) == frame)
        #expect(throws: PNGImage.PNGError.notPNG) { try PNGImage.decode([]) }
        #expect(throws: PNGImage.PNGError.notPNG) { try PNGImage.decode(Array(file.prefix(file.count / 2))) }
        for seed in 0..<64 {
            var broken = file
            broken[(seed * 7919) % file.count] ^= UInt8(1 << (seed % 8))
            _ = try? PNGImage.decode(broken)
        }
    }

    /// Pixels of one kind: flat, few colours, slopes, noise.
    private func drawn(_ kind: Int, _ width: Int, _ height: Int) throws -> ScreenFrame {
        var generator = SeededGenerator(seed: UInt64(kind))
        return try ScreenFrame(width: width, height: height) { pixels in
            for i in pixels.indices {
                let (x, y) = (i / 3 % width, i / 3 / width)
                pixels[i] =
                    switch kind {
                    case 0: 40
                    case 1: UInt8(truncatingIfNeeded: generator.next() % 3 * 90)
                    case 2: UInt8(truncatingIfNeeded: x * 3 + y * 5 + i % 3)
                    case 3: UInt8(truncatingIfNeeded: y * 31 + Int(generator.next() % 4))
                    default: UInt8(truncatingIfNeeded: generator.next())
                    }
            }
        }
    }

    @Test(
        "A PNG of bands is the frame, whatever its pixels and its size",
        arguments: [0, 1, 2, 3, 4], [(1, 1), (1, 200), (200, 64), (131, 65), (64, 257)])
    func bands(_ kind: Int, _ size: (width: Int, height: Int)) throws {
        let frame = try drawn(kind, size.width, size.height)
        #expect(try PNGImage.decode(PNGImage.encode(frame)) == frame)
    }

    @Test("A band of one frame is a band of the next whose pixels are the same, and of no other")
    func sharedBands() throws {
        let first = try drawn(3, 90, 200)
        let second = try ScreenFrame(width: 90, height: 200) { pixels in
            first.withPixels { pixels.copyMemory(from: $0) }
            for i in 90 * 3 * 70..<90 * 3 * 75 { pixels[i] ^= 255 }
        }
        let rows = PictureForm.png.parts(ofHeight: 200)
        #expect(rows == [0..<64, 64..<128, 128..<192, 192..<200])
        var parts = try rows.map { try PictureForm.png.part($0, of: first) }
        #expect(try PNGImage.decode(PictureForm.png.file(width: 90, height: 200, parts)) == first)
        parts[1] = try PictureForm.png.part(rows[1], of: second)
        #expect(try PNGImage.decode(PictureForm.png.file(width: 90, height: 200, parts)) == second)
        // Bands that are missing, or stand for another, do not make the frame.
        for wrong in [Array(parts.dropLast()), [], [parts[0], parts[0], parts[2], parts[3]]] {
            let file = try PictureForm.png.file(width: 90, height: 200, wrong)
            #expect((try? PNGImage.decode(file)) != second)
        }
    }

    @Test("A frame that is held stays as it is while the next changes whole bands, parts of them, or all")
    func heldFrames() throws {
        let size = (width: 150, height: 200)
        let first = try drawn(3, size.width, size.height)
        var frames = [first]
        for (rows, columns) in [(64..<128, 0..<150), (10..<20, 5..<6), (0..<200, 0..<150), (128..<200, 0..<150)] {
            frames.append(
                try ScreenFrame(width: size.width, height: size.height) { pixels in
                    frames[frames.count - 1].withPixels { pixels.copyMemory(from: $0) }
                    for y in rows { for x in columns { pixels[(y * size.width + x) * 3 + 1] ^= 85 } }
                })
        }
        var encoder = TileEncoder()
        var decoder = TileDecoder()
        var held: [ScreenFrame] = []
        for frame in frames { held.append(try decoder.decode(#require(try encoder.encode(frame)))) }
        #expect(held == frames)
    }

    @Test("Playback answers what was on the screen before a moment")
    func playback() throws {
        var encoder = TileEncoder()
        var records: [Record] = []
        for turn in 0..<3 {
            let tiles = try #require(try encoder.encode(try painted(64, 64) { _, _ in UInt8(turn * 50 + 1) }))
            records.append(RecordContent.screen(tiles).record(at: 1000 + 100 * turn))
        }
        var playback = ScreenPlayback(records)
        #expect(try playback.frame(before: 1000) == nil)
        #expect(try playback.frame(before: 1101)?.frame[0, 0].red == 51)
        #expect(try playback.frame(before: 9000)?.time == 1200)
    }
}

@Suite("Record text")
struct RecordTextTests {
    @Test(
        "Any text survives canonical JSON",
        arguments: [
            "plain", "\u{1b}[31mred\u{1b}[0m\r\n", "tab\there", "\u{0}\u{10}0", "␀ itself", "␐", "␐0", "␐␀\u{0}", "",
            "é→ß",
        ])
    func roundTrip(_ text: String) throws {
        let content = TerminalContent(isOutput: true, text: text)
        let again = try TerminalContent(parsing: content.object.encoded)
        #expect(again.text == text)
    }

    @Test("Controls become their pictures, and pictures and the mark get a mark")
    func pictures() {
        #expect(RecordText.encode("\u{1b}␛\u{10}␐0\né\u{7f}") == "␛␐␛␐0␐␐0\né\u{7f}")
        #expect(RecordText.decode("␐x␊␐") == "␐x\n␐")
        // The characters before and after the pictures.
        #expect(RecordText.encode("␠⏿") == "␠⏿" && RecordText.decode("␠⏿") == "␠⏿")
    }

    @Test("Seeded random texts survive too")
    func random() throws {
        for seed in 0..<200 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let scalars: [Unicode.Scalar] = ["\u{0}", "\u{10}", "\u{1b}", "\n", "0", "a", "␀", "␐", "␛", "é"]
            var text = String.UnicodeScalarView()
            for _ in 0..<12 { text.append(scalars.randomElement(using: &generator) ?? "a") }
            #expect(RecordText.decode(RecordText.encode(String(text))) == String(text), "seed \(seed)")
        }
    }

    /// What decoding means, a character at a time.
    private func slowly(_ text: String) -> String {
        var left = text.unicodeScalars[...]
        var out = String.UnicodeScalarView()
        func control(_ scalar: Unicode.Scalar?) -> Unicode.Scalar? {
            scalar.flatMap { (0x2400...0x241f).contains($0.value) ? Unicode.Scalar($0.value - 0x2400) : nil }
        }
        while let scalar = left.popFirst() {
            guard let meant = control(scalar) else {
                out.append(scalar)
                continue
            }
            if meant != "\u{10}" {
                out.append(meant)
            } else if left.first == "0" {
                left.removeFirst()
                out.append("\u{10}")
            } else if control(left.first) != nil, let kept = left.popFirst() {
                out.append(kept)
            } else {
                out.append(scalar)
            }
        }
        return String(out)
    }

    @Test("Any text decodes as its definition says, marks without a meaning too")
    func definition() {
        var generator = SeededGenerator()
        // Their first byte, or the first two, are those of a picture.
        let scalars: [Unicode.Scalar] = [
            "0", "1", "a", "\n", "␀", "␐", "␛", "␟", "␠", "⏿", "─", "’", "é", "🙂", "\u{2028}",
        ]
        for _ in 0..<3000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...40, using: &generator) {
                text.append(scalars.randomElement(using: &generator) ?? "a")
            }
            let decoded = RecordText.decode(String(text))
            #expect(Array(decoded.utf8) == Array(slowly(String(text)).utf8), "\(generator)")
        }
    }
}
