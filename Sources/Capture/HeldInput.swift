import Glibc
package import Sealing

/// A queue of short byte strings in locked memory: the input of the last moments, before it may be written.
///
/// Bytes that are taken or dropped are wiped.
package final class HeldInput {
    package static let capacity = 262_144

    private var memory: SecretMemory
    private var head = 0
    private var used = 0

    package init() throws(SecretMemoryError) { memory = try SecretMemory(count: Self.capacity) }

    /// False when there is no room; then nothing of it is kept.
    package func push(_ bytes: Bytes) -> Bool {
        guard used + bytes.count <= Self.capacity else { return false }
        let start = (head + used) % Self.capacity
        let first = min(bytes.count, Self.capacity - start)
        memory.withMutableBytes { buffer in
            UnsafeMutableRawBufferPointer(rebasing: buffer[start..<start + first]).copyBytes(from: bytes[..<first])
            UnsafeMutableRawBufferPointer(rebasing: buffer[..<(bytes.count - first)]).copyBytes(from: bytes[first...])
        }
        used += bytes.count
        return true
    }

    /// Takes the oldest `count` bytes.
    package func pop(_ count: Int) -> Bytes {
        precondition(count <= used, "more than is held")
        let first = min(count, Self.capacity - head)
        let head = head
        let out = memory.withMutableBytes { buffer in
            let parts = [buffer[head..<head + first], buffer[..<(count - first)]]
            let out = Bytes(parts.joined())
            for part in parts { Self.wipe(UnsafeMutableRawBufferPointer(rebasing: part)) }
            return out
        }
        self.head = (head + count) % Self.capacity
        used -= count
        return out
    }

    /// Forgets everything.
    package func drop() {
        memory.withMutableBytes { Self.wipe($0) }
        head = 0
        used = 0
    }

    private static func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
        if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
    }
}
