import Crypto
import Sealing

/// All sub-keys of a broker, by consent: u32 n ‖ n × (consent 32 ‖ u16 m ‖ m × (u16 mask ‖ k_A 32)), consents
/// ascending.
struct SubKeyTable: Sendable {
    var consents: [Hash256: [SubKey]] = [:]

    var count: Int { consents.values.reduce(0) { $0 + $1.count } }

    /// The encoded table. It holds keys: the caller wipes it.
    func encoded() -> Bytes {
        var bytes = Bytes()
        bytes.reserveCapacity(4 + consents.count * 34 + count * 34)
        func append(_ value: some FixedWidthInteger, to bytes: inout Bytes) {
            withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
        }
        append(UInt32(consents.count), to: &bytes)
        for consent in consents.keys.sorted() {
            let subKeys = consents[consent] ?? []
            bytes.append(contentsOf: consent.bytes)
            append(UInt16(subKeys.count), to: &bytes)
            for subKey in subKeys {
                append(subKey.mask, to: &bytes)
                subKey.key.withUnsafeBytes { bytes.append(contentsOf: $0) }
            }
        }
        return bytes
    }

    init() {}

    init(parsing bytes: UnsafeRawBufferPointer) throws(FormatError) {
        var position = 0
        func take(_ count: Int) throws(FormatError) -> UnsafeRawBufferPointer {
            guard bytes.count - position >= count else { throw .truncated }
            defer { position += count }
            return UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count)])
        }
        func integer(_ count: Int) throws(FormatError) -> Int { try take(count).reduce(0) { $0 << 8 | Int($1) } }
        let count = try integer(4)
        var last: Hash256?
        for _ in 0..<count {
            let consent = try Hash256(try take(32))
            if let last, last >= consent { throw .notCanonical }
            last = consent
            var subKeys: [SubKey] = []
            for _ in 0..<(try integer(2)) {
                subKeys.append(SubKey(mask: UInt16(try integer(2)), key: SymmetricKey(data: try take(32))))
            }
            consents[consent] = subKeys
        }
        guard position == bytes.count else { throw .trailingBytes }
    }
}
