package import Sealing

/// Shared storage for sealed objects: one flat space of 32-byte names (Design, "What the lake sees").
///
/// It tells neither who nor what nor when. Names are random, or computed from a key by whoever may know them.
package protocol Lake: Sendable {
    /// The object; nil when there is none.
    func get(_ name: Hash256) async throws(CofferError) -> Bytes?

    /// Stores an object durably. With `onlyIfAbsent` an object that is there stays, and the answer is false.
    @discardableResult
    func put(_ name: Hash256, _ bytes: Bytes, onlyIfAbsent: Bool) async throws(CofferError) -> Bool

    /// Deletes an object. One that is not there is no error.
    func delete(_ name: Hash256) async throws(CofferError)

    func exists(_ name: Hash256) async throws(CofferError) -> Bool
}

/// The bound on every object: the largest body of a segment, padded and sealed, is under 9 MiB.
package let maximumLakeObject = 16 << 20
