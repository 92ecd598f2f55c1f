import Sealing

/// Reads the lists in statements, each in its one canonical order.
enum Lists {
    static let maximumNames = 256

    /// Kinds: known, ascending, distinct, one at least.
    static func kinds(_ name: String, in object: inout CanonicalObject) throws(FormatError) -> [Kind] {
        var kinds: [Kind] = []
        for string in try object.strings(name, atMost: Kind.allCases.count) {
            guard let kind = Kind(rawValue: string) else { throw .notCanonical }
            kinds.append(kind)
        }
        guard isAscending(kinds.map { Array($0.rawValue.utf8) }), !kinds.isEmpty else { throw .notCanonical }
        return kinds
    }

    /// App names: `[a-z0-9._-]{1,64}`, ascending, distinct, one at least.
    static func apps(_ name: String, in object: inout CanonicalObject) throws(FormatError) -> [AppName] {
        var apps: [AppName] = []
        for string in try object.strings(name, atMost: maximumNames) { apps.append(try AppName(string)) }
        guard isAscending(apps.map { Array($0.string.utf8) }), !apps.isEmpty else { throw .notCanonical }
        return apps
    }

    /// Page ids of 16 bytes, ascending, distinct, one at least.
    static func ids(_ name: String, in object: inout CanonicalObject) throws(FormatError) -> [PageID] {
        let ids = try object.pageIDs(name)
        guard !ids.isEmpty else { throw .outOfBounds }
        guard zip(ids, ids.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .notCanonical }
        return ids
    }

    /// Public keys, ascending, distinct, one at least.
    static func keys(_ name: String, in object: inout CanonicalObject, atMost limit: Int) throws(FormatError)
        -> [VerifyingKey]
    {
        var keys: [VerifyingKey] = []
        for hash in try hashes(name, in: &object, atMost: limit) { keys.append(VerifyingKey(hash: hash)) }
        return keys
    }

    /// Hashes, ascending, distinct, one at least.
    static func hashes(_ name: String, in object: inout CanonicalObject, atMost limit: Int) throws(FormatError)
        -> [Hash256]
    {
        let hashes = try object.hashes(name, atMost: limit)
        guard !hashes.isEmpty, zip(hashes, hashes.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .notCanonical }
        return hashes
    }

    private static func isAscending(_ strings: [Bytes]) -> Bool {
        zip(strings, strings.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) }
    }
}
