import Records
import Sealing

/// Records for tests, in milliseconds after nine o'clock of a day.
struct Desk {
    var day: Day = JobWorld.monday

    func at(_ milliseconds: Milliseconds) -> Milliseconds { day.start + 32_400_000 + milliseconds }

    /// A press and its release.
    func tap(_ key: String, at time: Milliseconds) -> [Record] {
        [press(key, at: time), release(key, at: time + 30)]
    }

    func press(_ key: String, at time: Milliseconds) -> Record {
        RecordContent.keys(.init(isPress: true, key: key, origin: .device)).record(at: at(time))
    }

    func release(_ key: String, at time: Milliseconds) -> Record {
        RecordContent.keys(.init(isPress: false, key: key, origin: .device)).record(at: at(time))
    }

    /// One key every 100 ms.
    func type(_ text: String, at time: Milliseconds) -> [Record] {
        text.enumerated().flatMap { tap(String($1), at: time + 100 * $0) }
    }

    func pointer(_ action: PointerContent.Action, _ x: Int, _ y: Int, at time: Milliseconds) -> Record {
        RecordContent.pointer(
            .init(action: action, x: x, y: y, screenWidth: 1000, screenHeight: 500, origin: .synthetic)
        ).record(at: at(time))
    }

    func click(_ x: Int, _ y: Int, button: String = "left", at time: Milliseconds) -> [Record] {
        [
            pointer(.press(button: button), x, y, at: time),
            pointer(.release(button: button), x, y, at: time + 40),
        ]
    }

    func title(_ title: String, at time: Milliseconds) -> Record {
        RecordContent.window(.init(title: title)).record(at: at(time))
    }

    /// A screen record without tiles: a black screen, or a change that changes nothing.
    func screen(width: Int, height: Int, isKey: Bool, at time: Milliseconds) throws -> Record {
        let json = #"{"w":\#(width),"h":\#(height),"key":\#(isKey),"tiles":[]}"#
        return Record(
            time: at(time), json: Array(json.utf8),
            tiles: try Zstd.compress(UnsafeRawBufferPointer(start: nil, count: 0)))
    }

    /// A screen of one grey.
    func frame(_ grey: UInt8, at time: Milliseconds) throws -> Record {
        let frame = try ScreenFrame(width: 64, height: 64) { pixels in
            for i in pixels.indices { pixels[i] = grey }
        }
        var encoder = TileEncoder()
        guard let tiles = try encoder.encode(frame) else { throw FormatError.truncated }
        return RecordContent.screen(tiles).record(at: at(time))
    }
}
