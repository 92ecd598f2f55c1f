import Sealing
import Vault

/// The lake's object names of offered bodies, by segment; stored sealed. A segment is uploaded once for all consents.
struct ObjectNames: Sendable, Equatable {
    private(set) var bySegment: [Hash256: Hash256] = [:]

    /// The name of a segment's body. A segment without a name gets a random one.
    mutating func name(of segment: Hash256) -> Hash256 {
        if let name = bySegment[segment] { return name }
        let name = Self.random()
        bySegment[segment] = name
        return name
    }

    mutating func set(_ name: Hash256, of segment: Hash256) { bySegment[segment] = name }
    mutating func forget(_ segment: Hash256) -> Hash256? { bySegment.removeValue(forKey: segment) }

    /// 32 random bytes.
    static func random() -> Hash256 { Hash256(of: Random.bytes(32)) }

    var encoded: Bytes {
        var writer = ByteWriter()
        for (segment, object) in bySegment.sorted(by: { $0.key < $1.key }) {
            writer.append(segment)
            writer.append(object)
        }
        return writer.bytes
    }

    init() {}

    init(parsing bytes: Bytes) throws(FormatError) {
        var reader = ByteReader(bytes)
        while reader.remaining > 0 { bySegment[try reader.hash()] = try reader.hash() }
    }
}

extension OpenVault {
    private var objectsFile: SealedFile { SealedFile("objects", in: directory, key: keys.index) }

    func objectNames() throws(CofferError) -> ObjectNames {
        guard let bytes = try objectsFile.read() else { return ObjectNames() }
        do { return try ObjectNames(parsing: bytes) } catch {
            throw CofferError(.tampering, "The list of offered bodies is damaged.", hint: "Run `coffer doctor`.")
        }
    }

    func keep(_ names: ObjectNames) throws(CofferError) { try objectsFile.write(names.encoded) }
}
