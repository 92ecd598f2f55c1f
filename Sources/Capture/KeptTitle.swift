import Sealing

/// The last title record of an app, in locked memory: it is said again in each new segment.
final class KeptTitle {
    private var memory: SecretMemory
    /// How many bytes the record has.
    let count: Int

    init(_ json: Bytes) throws(SecretMemoryError) {
        memory = try SecretMemory(count: json.count)
        count = json.count
        memory.withMutableBytes { $0.copyBytes(from: json) }
    }

    var json: Bytes { memory.withBytes { Bytes($0) } }
}
