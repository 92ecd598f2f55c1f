import Sealing

/// Writes one JSON object member by member, in the form of `SampleJSON`, without building it first.
struct JSONObjectWriter {
    private(set) var bytes = Bytes()
    private var isFirst = true

    /// Writes an object in about so many bytes.
    static func object(room: Int, _ members: (inout JSONObjectWriter) -> Void) -> Bytes {
        var writer = JSONObjectWriter()
        writer.bytes.reserveCapacity(room)
        writer.braces(members)
        return writer.bytes
    }

    mutating func string(_ name: StaticString, _ value: String) {
        begin(name)
        SampleJSON.write(quoted: value, to: &bytes)
    }

    /// A moment in UTC, as `CivilTime` writes it with milliseconds.
    mutating func time(_ name: StaticString, _ value: Milliseconds) {
        begin(name)
        let time = CivilTime(value)
        bytes.append(UInt8(ascii: "\""))
        bytes += String(time.year).utf8
        digits("-", time.month, 10)
        digits("-", time.day, 10)
        digits("T", time.hour, 10)
        digits(":", time.minute, 10)
        digits(":", time.second, 10)
        digits(".", time.millisecond, 100)
        bytes.append(UInt8(ascii: "Z"))
        bytes.append(UInt8(ascii: "\""))
    }

    /// A mark, then a number with as many digits as `highest` has.
    private mutating func digits(_ mark: Unicode.Scalar, _ value: Int, _ highest: Int) {
        bytes.append(UInt8(ascii: mark))
        var place = highest
        while place > 0 {
            bytes.append(UInt8(48 + value / place % 10))
            place /= 10
        }
    }

    mutating func integer(_ name: StaticString, _ value: UInt64) {
        begin(name)
        bytes += String(value).utf8
    }

    mutating func value(_ name: StaticString, _ value: SampleJSON) {
        begin(name)
        value.write(to: &bytes)
    }

    /// Bytes in base64.
    mutating func base64(_ name: StaticString, _ value: Bytes) {
        begin(name)
        bytes.append(UInt8(ascii: "\""))
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: Base64.encodedCount(value.count)))
        value.withUnsafeBytes { value in
            bytes.withUnsafeMutableBytes { Base64.encode(value, into: .init(rebasing: $0[start...])) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func object(_ name: StaticString, _ members: (inout JSONObjectWriter) -> Void) {
        begin(name)
        braces(members)
    }

    private mutating func braces(_ members: (inout JSONObjectWriter) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        isFirst = true
        members(&self)
        bytes.append(UInt8(ascii: "}"))
        isFirst = false
    }

    /// The names are plain text.
    private mutating func begin(_ name: StaticString) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }
}
