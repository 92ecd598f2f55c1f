import Lake
import Sealing

/// A lake that a test may damage.
actor MemoryLake: Lake {
    private var objects: [Hash256: Bytes] = [:]

    func store(_ name: Hash256, _ bytes: Bytes) { objects[name] = bytes }

    func change(_ name: Hash256, _ change: @Sendable (inout Bytes) -> Void) {
        if var bytes = objects[name] {
            change(&bytes)
            objects[name] = bytes
        }
    }

    func get(_ name: Hash256) async throws(CofferError) -> Bytes? { objects[name] }

    func put(_ name: Hash256, _ bytes: Bytes, onlyIfAbsent: Bool) async throws(CofferError) -> Bool {
        if onlyIfAbsent, objects[name] != nil { return false }
        objects[name] = bytes
        return true
    }

    func delete(_ name: Hash256) async throws(CofferError) { objects[name] = nil }

    func exists(_ name: Hash256) async throws(CofferError) -> Bool { objects[name] != nil }
}
