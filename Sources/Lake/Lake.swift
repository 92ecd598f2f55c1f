/// Module Lake: object storage for sealed pages and segment bodies.
///
/// It imports Sealing, Files, swift-crypto and swift-nio.
///
/// `Lake` is the protocol, `DirectoryLake` the implementation in a folder, for example a network mount. An extension of
/// `Lake` reads a week's indices. A lake is not trusted: readers authenticate what they get, by the keys that a page or
/// the vault gives them.
///
/// Promises: `put` is durable when it returns; a missing object is not an error but nil; no object is larger than
/// `maximumLakeObject`.
package import Sealing

/// Shared storage for sealed objects: one flat space of 32-byte names (Design, "What the lake sees").
///
/// It does not show who stored what, or when. Names are random, or computed from a key by those who may know them.
package protocol Lake: Sendable {
    /// The object; nil when it does not exist.
    func get(_ name: Hash256) async throws(CofferError) -> Bytes?

    /// Stores an object durably. With `onlyIfAbsent` an existing object is kept and the result is false.
    @discardableResult
    func put(_ name: Hash256, _ bytes: Bytes, onlyIfAbsent: Bool) async throws(CofferError) -> Bool

    /// Deletes an object. A missing one is not an error.
    func delete(_ name: Hash256) async throws(CofferError)

    func exists(_ name: Hash256) async throws(CofferError) -> Bool

    /// The object's size in bytes; nil when it does not exist.
    func size(of name: Hash256) async throws(CofferError) -> Int?
}

extension Lake {
    package func size(of name: Hash256) async throws(CofferError) -> Int? { try await get(name)?.count }
}

/// The bound on every object: the largest body of a segment, padded and sealed, is under 9 MiB.
package let maximumLakeObject = 16 << 20
