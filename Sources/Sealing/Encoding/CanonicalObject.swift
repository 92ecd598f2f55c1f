/// Reads an object's members in their documented order and refuses any other member or order.
package struct CanonicalObject: Sendable {
    private var members: ArraySlice<CanonicalJSON.Member>

    package init(_ value: CanonicalJSON) throws(FormatError) {
        guard case .object(let members) = value else { throw .notCanonical }
        self.members = members[...]
    }

    package init(parsing bytes: some Collection<UInt8>) throws(FormatError) {
        try self.init(try CanonicalJSON(parsing: bytes))
    }

    /// The name of the next member, if any is left.
    package var nextName: String? { members.first?.name }

    package mutating func value(_ name: String) throws(FormatError) -> CanonicalJSON {
        guard let member = members.first, member.name.hasSameBytes(as: name) else { throw .notCanonical }
        members.removeFirst()
        return member.value
    }

    package mutating func string(_ name: String, atMost limit: Int = 65_535) throws(FormatError) -> String {
        guard case .string(let string) = try value(name) else { throw .notCanonical }
        guard string.utf8.count <= limit else { throw .outOfBounds }
        return string
    }

    package mutating func integer(_ name: String, atMost limit: UInt64 = CanonicalJSON.maximumInteger)
        throws(FormatError) -> UInt64
    {
        guard case .integer(let integer) = try value(name) else { throw .notCanonical }
        guard integer <= limit else { throw .outOfBounds }
        return integer
    }

    package mutating func boolean(_ name: String) throws(FormatError) -> Bool {
        guard case .boolean(let boolean) = try value(name) else { throw .notCanonical }
        return boolean
    }

    /// Base64 of exactly `count` bytes, or of any number when it is nil.
    package mutating func bytes(_ name: String, count: Int? = nil) throws(FormatError) -> Bytes {
        let bytes = try Base64.decode(try string(name))
        if let count, bytes.count != count { throw .outOfBounds }
        return bytes
    }

    /// Sixty-four hex digits.
    package mutating func hash(_ name: String) throws(FormatError) -> Hash256 { try Hash256(hex: try string(name)) }

    package mutating func key(_ name: String) throws(FormatError) -> VerifyingKey {
        try VerifyingKey(hex: try string(name))
    }

    package mutating func array(_ name: String, atMost limit: Int) throws(FormatError) -> [CanonicalJSON] {
        guard case .array(let values) = try value(name) else { throw .notCanonical }
        guard values.count <= limit else { throw .outOfBounds }
        return values
    }

    package mutating func strings(_ name: String, atMost limit: Int) throws(FormatError) -> [String] {
        var strings: [String] = []
        for value in try array(name, atMost: limit) {
            guard case .string(let string) = value else { throw .notCanonical }
            strings.append(string)
        }
        return strings
    }

    package mutating func hashes(_ name: String, atMost limit: Int) throws(FormatError) -> [Hash256] {
        var hashes: [Hash256] = []
        for string in try strings(name, atMost: limit) { hashes.append(try Hash256(hex: string)) }
        return hashes
    }

    /// No member may be left.
    package func finish() throws(FormatError) {
        guard members.isEmpty else { throw .notCanonical }
    }
}
