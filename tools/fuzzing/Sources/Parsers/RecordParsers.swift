import CofferTestKit
import Sealing

import Records

/// Encoded records to start from.
enum RecordSeeds {
    static let keys = one(.keys, #"{"type":"press","key":"a","source":"device"}"#)

    static func one(_ kind: Kind, _ json: String, tiles: Bytes? = nil) -> Bytes {
        guard let object = try? CanonicalJSON(parsing: Array(json.utf8)),
            let bytes = try? Record(time: Scenario.noon, object: object, tiles: tiles).encoded(kind: kind)
        else { fatalError("the seed is a record") }
        return bytes
    }

    /// The kind's number, then a stream of its records.
    static let all: [Bytes] = [
        [0] + keys,
        [1] + one(.pointer, #"{"type":"move","x":1,"y":2,"w":640,"h":480,"source":"device"}"#),
        [2]
            + one(
                .screen, #"{"w":64,"h":64,"key":true,"tiles":[]}"#, tiles: [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0]),
        [3] + one(.window, #"{"title":"totals.swift"}"#),
        [4] + one(.prompt, #"{"role":"user","text":"hello"}"#),
        [5] + one(.terminal, #"{"type":"output","text":"$ ls"}"#),
    ]
}

/// Streams of records and what is in them.
extension FuzzTarget {
    static let records: [FuzzTarget] = [
        FuzzTarget("record-stream", seeds: { RecordSeeds.all }) { readStream($0) },
        FuzzTarget("png", runs: 3000, seeds: { [try picture()] }) { readPicture($0) },
    ]

    private static func readStream(_ bytes: Bytes) {
        guard let first = bytes.first else { return }
        let kind = Kind.allCases[Int(first) % Kind.allCases.count]
        guard let records = try? Record.parse(Array(bytes.dropFirst()), kind: kind) else { return }
        hold(
            (try? Record.encode(records, kind: kind)) == Array(bytes.dropFirst()), "records are written in another way")
        var decoder = TileDecoder()
        for record in records {
            guard let (content, mark) = try? RecordContent.parse(record, kind: kind) else { continue }
            hold(content.record(at: record.time, mark: mark) == record, "a record's content is written in another way")
            // A large screen costs memory and time, and shows nothing that a small one does not.
            if case .screen(let tiles) = content, tiles.width * tiles.height <= 1 << 18 {
                _ = try? decoder.decode(tiles)
            }
        }
    }

    private static func picture() throws -> Bytes { try PNGImage.encode(try ScreenFrame(width: 9, height: 5)) }

    private static func readPicture(_ file: Bytes) {
        // Width and height stand at a fixed place; see above.
        var reader = ByteReader(Array(file.dropFirst(16)))
        guard let width = try? reader.u32(), let height = try? reader.u32(), width < 4096, height < 4096,
            width * height <= 1 << 18, let frame = try? PNGImage.decode(file)
        else { return }
        hold(frame.width == Int(width) && frame.height == Int(height), "a picture has another size than it says")
    }
}
