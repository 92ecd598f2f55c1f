/// A recursive-descent parser of canonical JSON at one place in its bytes. It bounds the depth, and builds only the
/// values that the caller asks for.
struct CanonicalText: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.position = bytes.startIndex
    }

    private var end: Int { bytes.endIndex }
    var isAtEnd: Bool { position == end }

    private func peek() throws(FormatError) -> UInt8 {
        guard position < end else { throw .truncated }
        return bytes[position]
    }

    private mutating func next() throws(FormatError) -> UInt8 {
        let byte = try peek()
        position += 1
        return byte
    }

    mutating func expect(_ character: Unicode.Scalar) throws(FormatError) {
        guard try next() == UInt8(ascii: character) else { throw .notCanonical }
    }

    private mutating func expect(word: String) throws(FormatError) {
        let word = word.utf8.span
        for i in word.indices { guard try next() == word[i] else { throw .notCanonical } }
    }

    /// `"name":`, where the name needs no escape.
    mutating func expect(name: String) throws(FormatError) {
        try expect("\"")
        try expect(word: name)
        try expect("\"")
        try expect(":")
    }

    mutating func value(depth: Int) throws(FormatError) -> CanonicalJSON {
        guard depth < CanonicalJSON.maximumDepth else { throw .outOfBounds }
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["):
            var values: [CanonicalJSON] = []
            try elements { text throws(FormatError) in values.append(try text.value(depth: depth + 1)) }
            return .array(values)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean(try boolean())
        default: return .integer(try integer())
        }
    }

    private mutating func object(depth: Int) throws(FormatError) -> CanonicalJSON {
        var members: [CanonicalJSON.Member] = []
        // Names compare as bytes. Few are compared faster than hashed.
        var names: Set<Bytes>?
        func isFresh(_ name: String) -> Bool {
            if names == nil, members.count > 24 { names = Set(members.map { Bytes($0.name.utf8) }) }
            return names?.insert(Bytes(name.utf8)).inserted ?? !members.contains { $0.name.hasSameBytes(as: name) }
        }
        try list(from: "{", to: "}") { text throws(FormatError) in
            let name = try text.string()
            guard isFresh(name) else { throw .notCanonical }
            try text.expect(":")
            members.append(.init(name, try text.value(depth: depth + 1)))
        }
        return .object(members)
    }

    /// An array; `body` reads each element.
    mutating func elements(_ body: (inout CanonicalText) throws(FormatError) -> Void) throws(FormatError) {
        try list(from: "[", to: "]", body)
    }

    /// A list in brackets, separated by commas.
    private mutating func list(
        from open: Unicode.Scalar, to close: Unicode.Scalar,
        _ body: (inout CanonicalText) throws(FormatError) -> Void
    ) throws(FormatError) {
        try expect(open)
        if try peek() == UInt8(ascii: close) {
            position += 1
            return
        }
        while true {
            try body(&self)
            let separator = try next()
            if separator == UInt8(ascii: close) { return }
            guard separator == UInt8(ascii: ",") else { throw .notCanonical }
        }
    }

    mutating func string() throws(FormatError) -> String {
        try expect("\"")
        // Nearly every string has no escape: then it is the bytes between two quotes.
        let start = position
        let stop = try plainEnd()
        if bytes[stop] == UInt8(ascii: "\"") {
            position = stop + 1
            return try Self.utf8(bytes.span.extracting(start - bytes.startIndex..<stop - bytes.startIndex))
        }
        var out = Array(bytes[start..<stop])
        position = stop
        while true {
            let byte = try next()
            switch byte {
            case UInt8(ascii: "\""): return try Self.utf8(out.span)
            case UInt8(ascii: "\\"):
                switch try next() {
                case UInt8(ascii: "\""): out.append(UInt8(ascii: "\""))
                case UInt8(ascii: "\\"): out.append(UInt8(ascii: "\\"))
                case UInt8(ascii: "n"): out.append(UInt8(ascii: "\n"))
                default: throw .notCanonical
                }
            case 0..<0x20: throw .notCanonical
            default: out.append(byte)
            }
        }
    }

    /// The result of `read` for a string's bytes, without a copy. `read` must refuse backslashes, control characters
    /// and bytes outside ASCII, as hex and base64 do.
    mutating func plain<R>(_ read: (Span<UInt8>) throws(FormatError) -> R) throws(FormatError) -> R {
        try expect("\"")
        let start = position
        guard let stop = bytes.position(of: UInt8(ascii: "\""), from: start) else { throw .truncated }
        position = stop + 1
        return try read(bytes.span.extracting(start - bytes.startIndex..<stop - bytes.startIndex))
    }

    /// The index of the first quote or backslash.
    private func plainEnd() throws(FormatError) -> Int {
        for i in position..<end {
            let byte = bytes[i]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return i }
            guard byte >= 0x20 else { throw .notCanonical }
        }
        throw .truncated
    }

    private static func utf8(_ bytes: Span<UInt8>) throws(FormatError) -> String {
        guard let text = try? UTF8Span(validating: bytes) else { throw .notCanonical }
        return String(copying: text)
    }

    mutating func integer() throws(FormatError) -> UInt64 {
        var value: UInt64 = 0
        var digits = 0
        while position < end, case 48...57 = bytes[position] {
            value = value * 10 + UInt64(bytes[position] - 48)
            guard value <= CanonicalJSON.maximumInteger else { throw .outOfBounds }
            digits += 1
            position += 1
            if digits > 1, value < 10 { throw .notCanonical }
        }
        guard digits > 0 else { throw .notCanonical }
        return value
    }

    mutating func boolean() throws(FormatError) -> Bool {
        let value = try peek() == UInt8(ascii: "t")
        try expect(word: value ? "true" : "false")
        return value
    }
}
