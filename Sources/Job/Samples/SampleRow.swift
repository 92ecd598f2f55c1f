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
        var members: [(String, SampleJSON)] = [
            ("schema", .string(schema)), ("t", .string(CivilTime(time).rfc3339Milliseconds)),
            ("kind", .string(kind)), ("app", .string(app)), ("window", .string(window)),
            (
                "screen",
                .object([("w", .integer(UInt64(screen.width))), ("h", .integer(UInt64(screen.height)))])
            ), ("action", .object([("code", .string(code))])), ("role", .string(role)), ("type", .string(type)),
            ("text", .string(text)), ("events", .array(events.isEmpty ? [EventColumns.none] : events)),
            ("subject", .string(subject)), ("episode", .string(episode)), ("coffer", provenance),
        ]
        if let image { members.append(("image", .string(Base64.encode(image)))) }
        return SampleJSON.object(members).bytes
    }

    private var provenance: SampleJSON {
        .object([
            ("origin", .string(stream.origin)), ("grant", .integer(stream.grant)), ("release", .integer(release)),
            ("page", .string(page)), ("segment", .string(segment)),
            ("record", .array([.integer(UInt64(records.lowerBound)), .integer(UInt64(records.upperBound))])),
            ("purpose", .string("sha256:" + stream.purpose.hex)),
        ])
    }
}
