/// Reads an object's members in place, in their documented order. Refuses any other member and any other order.
package struct CanonicalObject: Sendable {
    private var text: CanonicalText
    private let depth: Int
    private var isFirst = true

    package init(_ value: CanonicalJSON) throws(FormatError) { try self.init(parsing: value.encoded) }

    package init(parsing bytes: some Collection<UInt8>) throws(FormatError) {
        try self.init(parsing: Array(bytes)[...])
    }

    /// Reads an object inside other bytes, without a copy.
    package init(parsing bytes: ArraySlice<UInt8>) throws(FormatError) {
        try self.init(CanonicalText(bytes), depth: 0)
    }

    private init(_ text: CanonicalText, depth: Int) throws(FormatError) {
        guard depth < CanonicalJSON.maximumDepth else { throw .outOfBounds }
        self.text = text
        self.depth = depth
        try self.text.expect("{")
    }

    /// The name of the next member, if any is left.
    package var nextName: String? {
        var text = text
        do throws(FormatError) {
            if !isFirst { try text.expect(",") }
            return try text.string()
        } catch {
            return nil
        }
    }

    /// Steps to the value of the next member, which must have this name.
    private mutating func step(to name: String) throws(FormatError) {
        if !isFirst { try text.expect(",") }
        isFirst = false
        try text.expect(name: name)
    }

    package mutating func value(_ name: String) throws(FormatError) -> CanonicalJSON {
        try step(to: name)
        return try text.value(depth: depth + 1)
    }

    package mutating func string(_ name: String, atMost limit: Int = 65_535) throws(FormatError) -> String {
        try step(to: name)
        let string = try text.string()
        guard string.utf8.count <= limit else { throw .outOfBounds }
        return string
    }

    package mutating func integer(_ name: String, atMost limit: UInt64 = CanonicalJSON.maximumInteger)
        throws(FormatError) -> UInt64
    {
        try step(to: name)
        let integer = try text.integer()
        guard integer <= limit else { throw .outOfBounds }
        return integer
    }

    package mutating func boolean(_ name: String) throws(FormatError) -> Bool {
        try step(to: name)
        return try text.boolean()
    }

    /// Base64 of exactly `count` bytes, or of any number when it is nil.
    package mutating func bytes(_ name: String, count: Int? = nil) throws(FormatError) -> Bytes {
        try step(to: name)
        let bytes = try text.plain(Base64.decode)
        if let count, bytes.count != count { throw .outOfBounds }
        return bytes
    }

    /// Base64 of ids of 16 bytes, one after the other.
    package mutating func pageIDs(_ name: String) throws(FormatError) -> [PageID] {
        var ids: [PageID]?
        try withBytes(name) { ids = PageID.all(in: $0) }
        guard let ids else { throw .outOfBounds }
        return ids
    }

    /// Base64 of sixteen bytes.
    package mutating func id(_ name: String) throws(FormatError) -> ID128 {
        var id: ID128?
        try withBytes(name) { id = ID128($0) }
        guard let id else { throw .outOfBounds }
        return id
    }

    /// A page id: base64 of sixteen bytes.
    package mutating func pageID(_ name: String) throws(FormatError) -> PageID { PageID(try id(name)) }

    /// Passes a member's decoded base64 to `body` without allocating an array.
    private mutating func withBytes(_ name: String, _ body: (Span<UInt8>) -> Void) throws(FormatError) {
        try step(to: name)
        try text.plain { characters throws(FormatError) in try Base64.withDecoded(characters, body) }
    }

    /// Sixty-four hex digits.
    package mutating func hash(_ name: String) throws(FormatError) -> Hash256 {
        try step(to: name)
        return try text.plain(Hash256.init(hex:))
    }

    package mutating func key(_ name: String) throws(FormatError) -> VerifyingKey {
        VerifyingKey(hash: try hash(name))
    }

    package mutating func array(_ name: String, atMost limit: Int) throws(FormatError) -> [CanonicalJSON] {
        try elements(name, atMost: limit) { [depth] text throws(FormatError) in try text.value(depth: depth + 2) }
    }

    package mutating func strings(_ name: String, atMost limit: Int) throws(FormatError) -> [String] {
        try elements(name, atMost: limit) { text throws(FormatError) in try text.string() }
    }

    package mutating func integers(_ name: String, atMost limit: Int, each greatest: UInt64) throws(FormatError)
        -> [UInt64]
    {
        try elements(name, atMost: limit) { text throws(FormatError) in
            let integer = try text.integer()
            guard integer <= greatest else { throw .outOfBounds }
            return integer
        }
    }

    package mutating func hashes(_ name: String, atMost limit: Int) throws(FormatError) -> [Hash256] {
        try elements(name, atMost: limit) { text throws(FormatError) in try text.plain(Hash256.init(hex:)) }
    }

    /// A nested object. `read` must consume all of it.
    package mutating func object<R>(
        _ name: String, _ read: (inout CanonicalObject) throws(FormatError) -> R
    ) throws(FormatError) -> R {
        try step(to: name)
        return try Self.whole(&text, depth: depth + 1, read)
    }

    /// An array of objects. `read` must consume each of them whole.
    package mutating func objects<R>(
        _ name: String, atMost limit: Int, _ read: (inout CanonicalObject) throws(FormatError) -> R
    ) throws(FormatError) -> [R] {
        var objects: [R] = []
        try eachObject(name, atMost: limit) { object throws(FormatError) in objects.append(try read(&object)) }
        return objects
    }

    /// Reads an array of objects whose results the caller keeps itself.
    package mutating func eachObject(
        _ name: String, atMost limit: Int, _ read: (inout CanonicalObject) throws(FormatError) -> Void
    ) throws(FormatError) {
        try each(name, atMost: limit) { [depth] text throws(FormatError) in
            try Self.whole(&text, depth: depth + 2, read)
        }
    }

    private static func whole<R>(
        _ text: inout CanonicalText, depth: Int, _ read: (inout CanonicalObject) throws(FormatError) -> R
    ) throws(FormatError) -> R {
        var object = try CanonicalObject(text, depth: depth)
        let result = try read(&object)
        text = object.text
        try text.expect("}")
        return result
    }

    private mutating func elements<R>(
        _ name: String, atMost limit: Int, _ read: (inout CanonicalText) throws(FormatError) -> R
    ) throws(FormatError) -> [R] {
        var elements: [R] = []
        try each(name, atMost: limit) { text throws(FormatError) in elements.append(try read(&text)) }
        return elements
    }

    private mutating func each(
        _ name: String, atMost limit: Int, _ read: (inout CanonicalText) throws(FormatError) -> Void
    ) throws(FormatError) {
        try step(to: name)
        var count = 0
        try text.elements { text throws(FormatError) in
            guard count < limit else { throw .outOfBounds }
            count += 1
            try read(&text)
        }
    }

    /// Checks that no member is left and that nothing follows the object.
    package func finish() throws(FormatError) {
        var text = text
        try text.expect("}")
        guard text.isAtEnd else { throw .trailingBytes }
    }
}
