package import Sealing

/// Plays the frames of one segment of kind `screen` in order, for showing, exporting and training.
package struct ScreenPlayback: Sendable {
    private var decoder = TileDecoder()
    private var records: ArraySlice<Record>
    private var time: Milliseconds = 0

    /// The frame after the last record played, and when it appeared.
    private var current: (time: Milliseconds, frame: ScreenFrame)? { decoder.frame.map { (time, $0) } }

    /// The records of one segment, in their order.
    package init(_ records: [Record]) { self.records = records[...] }

    /// Plays one record; nil at the end.
    package mutating func next() throws(FormatError) -> (time: Milliseconds, frame: ScreenFrame)? {
        guard let record = records.popFirst() else { return nil }
        try decoder.decode(try TileSet(parsing: record.json, compressed: record.tiles ?? []))
        time = record.time
        return current
    }

    /// The last frame before a moment: what a person saw when acting at that moment. Moments must not go back.
    package mutating func frame(before time: Milliseconds) throws(FormatError) -> (
        time: Milliseconds, frame: ScreenFrame
    )? {
        while let upcoming = records.first, upcoming.time < time { _ = try next() }
        return current
    }
}
