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
        var names = Names()
        try list(from: "{", to: "}") { text throws(FormatError) in
            let start = text.position
            let name = try text.string()
            guard names.add(text.bytes[start..<text.position]) else { throw .notCanonical }
            try text.expect(":")
            members.append(.init(name, try text.value(depth: depth + 1)))
        }
        return .object(members)
    }

    /// Steps over a value that is valid, and builds nothing.
    mutating func skip(depth: Int) throws(FormatError) {
        guard depth < CanonicalJSON.maximumDepth else { throw .outOfBounds }
        switch try peek() {
        case UInt8(ascii: "{"):
            var names = Names()
            try list(from: "{", to: "}") { text throws(FormatError) in
                let start = text.position
                try text.skipString()
                guard names.add(text.bytes[start..<text.position]) else { throw .notCanonical }
                try text.expect(":")
                try text.skip(depth: depth + 1)
            }
        case UInt8(ascii: "["): try elements { text throws(FormatError) in try text.skip(depth: depth + 1) }
        case UInt8(ascii: "\""): try skipString()
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try boolean()
        default: _ = try integer()
        }
    }

    /// The names of one object as they are written, which compare as bytes. Few are compared faster than hashed.
    private struct Names {
        private var few: [ArraySlice<UInt8>] = []
        private var many: Set<ArraySlice<UInt8>> = []

        /// False for a name that it has.
        mutating func add(_ name: ArraySlice<UInt8>) -> Bool {
            guard few.count > 24 else {
                guard !few.contains(name) else { return false }
                few.append(name)
                return true
            }
            if many.isEmpty { many = Set(few) }
            return many.insert(name).inserted
        }
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
        var stop = try plainEnd()
        if bytes[stop] == UInt8(ascii: "\"") {
            position = stop + 1
            return try utf8(start..<stop)
        }
        var out = Bytes()
        out.reserveCapacity(stop - start + 256)
        while true {
            out += bytes[position..<stop]
            position = stop + 1
            if bytes[stop] == UInt8(ascii: "\"") { return try Self.text(out.span) { String(copying: $0) } }
            out.append(try escaped())
            stop = try plainEnd()
        }
    }

    /// Steps over a string that is valid.
    private mutating func skipString() throws(FormatError) {
        try expect("\"")
        let start = position
        while true {
            let stop = try plainEnd()
            position = stop + 1
            if bytes[stop] == UInt8(ascii: "\"") {
                // Escapes are ASCII, so what is written is valid where what it stands for is.
                return try Self.text(bytes.span.extracting(spanned(start..<stop))) { _ in }
            }
            _ = try escaped()
        }
    }

    /// The byte that an escape stands for, after its backslash.
    private mutating func escaped() throws(FormatError) -> UInt8 {
        switch try next() {
        case UInt8(ascii: "\""): UInt8(ascii: "\"")
        case UInt8(ascii: "\\"): UInt8(ascii: "\\")
        case UInt8(ascii: "n"): UInt8(ascii: "\n")
        default: throw .notCanonical
        }
    }

    /// The result of `read` for a string's bytes, without a copy. `read` must refuse backslashes, control characters
    /// and bytes outside ASCII, as hex and base64 do.
    mutating func plain<R>(_ read: (Span<UInt8>) throws(FormatError) -> R) throws(FormatError) -> R {
        try expect("\"")
        let start = position
        guard let stop = bytes.position(of: UInt8(ascii: "\""), from: start) else { throw .truncated }
        position = stop + 1
        return try read(bytes.span.extracting(spanned(start..<stop)))
    }

    /// The index of the first quote or backslash.
    private func plainEnd() throws(FormatError) -> Int {
        let stop = position + PlainText.count(in: bytes.span.extracting(spanned(position..<end)))
        guard stop < end else { throw .truncated }
        guard bytes[stop] >= 0x20 else { throw .notCanonical }
        return stop
    }

    /// Where this range of the bytes is in their span.
    private func spanned(_ range: Range<Int>) -> Range<Int> {
        range.lowerBound - bytes.startIndex..<range.upperBound - bytes.startIndex
    }

    private func utf8(_ range: Range<Int>) throws(FormatError) -> String {
        try Self.text(bytes.span.extracting(spanned(range))) { String(copying: $0) }
    }

    private static func text<R>(_ bytes: Span<UInt8>, _ use: (UTF8Span) -> R) throws(FormatError) -> R {
        guard let text = try? UTF8Span(validating: bytes) else { throw .notCanonical }
        return use(text)
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
