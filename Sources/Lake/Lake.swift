/// Module Lake: object storage for sealed pages and segment bodies.
///
/// It imports Sealing, Files, swift-crypto and swift-nio.
///
/// `Lake` is the protocol, `DirectoryLake` the implementation in a folder, for example a network mount; the module `S3`
/// has that in a bucket. `LakeAddress` tells from a charter's text which of them is meant. An extension of `Lake` reads a
/// week's indices. A lake is not trusted: readers authenticate what they get, by the keys that a page or the vault gives
/// them.
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

    /// The bytes of the object that lie in this range; nil when the object does not exist.
    func get(_ name: Hash256, range: Range<Int>) async throws(CofferError) -> Bytes?

    /// Stores an object durably. With `onlyIfAbsent` an existing object is kept and the result is false.
    @discardableResult
    func put(_ name: Hash256, _ bytes: Bytes, onlyIfAbsent: Bool) async throws(CofferError) -> Bool

    /// Deletes an object. A missing one is not an error.
    func delete(_ name: Hash256) async throws(CofferError)

    func exists(_ name: Hash256) async throws(CofferError) -> Bool

    /// The object's size in bytes; nil when it does not exist.
    func size(of name: Hash256) async throws(CofferError) -> Int?
}

/// A lake that tells what it has, for a drill. People and jobs need no list, and a store need not give them one.
package protocol ListedLake: Lake {
    /// The names of all objects.
    func names() async throws(CofferError) -> [Hash256]
}

extension Lake {
    package func get(_ name: Hash256, range: Range<Int>) async throws(CofferError) -> Bytes? {
        try await get(name).map { Bytes($0[range.clamped(to: 0..<$0.count)]) }
    }

    package func size(of name: Hash256) async throws(CofferError) -> Int? { try await get(name)?.count }
}

/// The bound on every object: the largest body of a segment, padded and sealed, is under 9 MiB.
package let maximumLakeObject = 16 << 20

extension CofferError {
    /// What lies there ends too early.
    package static var cutObject: CofferError { unusableObject("is not whole: it may still be on its way") }

    /// Something lies under an object's name that is no whole object.
    package static func unusableObject(_ what: String) -> CofferError {
        CofferError(
            .tryLater, "An object in the lake \(what).", rule: "lake.object",
            hint: "Remove what lies under its name; the next sync of the laptop that offered it puts it back.")
    }
}
