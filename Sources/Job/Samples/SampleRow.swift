import Sealing

/// A sample as loaders read it: every row has every member, with an empty value of the same type where there is nothing
/// to say. Loaders take a column's type from the first rows that they see (Sample, "Columns").
struct SampleRow: Sendable {
    var schema = "coffer.sample.v1"
    var time: Milliseconds
    var kind = ""
    var app = ""
    var window = ""
    var screen = Sample.Size(width: 0, height: 0)
    var code = ""
    var role = ""
    var type = ""
    var text = ""
    var events: [SampleJSON] = []
    var subject = ""
    var episode = ""
    let stream: Sample.Stream
    var release: UInt64 = 0
    var page = ""
    var segment = ""
    var records = 0...0

    /// One JSON object without a line end. `image` is for formats that cannot put it beside the object.
    func encoded(image: Bytes?) -> Bytes {
        let large = text.utf8.count + text.utf8.count / 8 + code.utf8.count
        let room = 1024 + large + 192 * events.count + (image.map { Base64.encodedCount($0.count) } ?? 0)
        return JSONObjectWriter.object(room: room) { row in
            row.string("schema", schema)
            row.time("t", time)
            row.string("kind", kind)
            row.string("app", app)
            row.string("window", window)
            row.object("screen") {
                $0.integer("w", UInt64(screen.width))
                $0.integer("h", UInt64(screen.height))
            }
            row.object("action") { $0.string("code", code) }
            row.string("role", role)
            row.string("type", type)
            row.string("text", text)
            row.value("events", .array(events.isEmpty ? [EventColumns.none] : events))
            row.string("subject", subject)
            row.string("episode", episode)
            row.object("coffer", provenance)
            if let image { row.base64("image", image) }
        }
    }

    private func provenance(_ members: inout JSONObjectWriter) {
        members.string("origin", stream.origin)
        members.integer("grant", stream.grant)
        members.integer("release", release)
        members.string("page", page)
        members.string("segment", segment)
        members.value("record", .array([.integer(UInt64(records.lowerBound)), .integer(UInt64(records.upperBound))]))
        members.string("purpose", stream.purposeText)
    }
}
