package import Crypto

/// Which pages a consent covers. The ledger holds only its salted hash.
///
///     {"kinds":[…],"apps":[…],"from":day,"until":day}     both lists ascending, without repeats; days inclusive
package struct Scope: Hashable, Sendable {
    package static let maximumApps = 1_000

    package let kinds: [Kind]
    package let apps: [AppName]
    package let from: Day
    package let until: Day

    /// Sorts the lists.
    package init(kinds: some Sequence<Kind>, apps: some Sequence<AppName>, from: Day, until: Day) throws(FormatError) {
        self.kinds = Set(kinds).sorted()
        self.apps = Set(apps).sorted()
        self.from = from
        self.until = until
        guard !self.kinds.isEmpty, (1...Self.maximumApps).contains(self.apps.count), from <= until else {
            throw .outOfBounds
        }
        // So that the JSON always fits an lp() string.
        guard json.encoded.count <= Int(UInt16.max) else { throw .outOfBounds }
    }

    package init(_ json: CanonicalJSON) throws(FormatError) {
        var object = try CanonicalObject(json)
        var kinds: [Kind] = []
        for name in try object.strings("kinds", atMost: Kind.allCases.count) {
            guard let kind = Kind(rawValue: name) else { throw .notCanonical }
            kinds.append(kind)
        }
        var apps: [AppName] = []
        for name in try object.strings("apps", atMost: Self.maximumApps) { apps.append(try AppName(name)) }
        let from = Day(try object.integer("from", atMost: UInt64(Day.max)))
        let until = Day(try object.integer("until", atMost: UInt64(Day.max)))
        try object.finish()
        try self.init(kinds: kinds, apps: apps, from: from, until: until)
        guard self.kinds == kinds, self.apps == apps else { throw .notCanonical }
    }

    package var json: CanonicalJSON {
        .object([
            .init("kinds", .strings(kinds.map(\.rawValue))),
            .init("apps", .strings(apps.map(\.string))),
            .init("from", .integer(UInt64(from))),
            .init("until", .integer(UInt64(until))),
        ])
    }

    package func allows(_ kind: Kind, _ app: AppName, _ day: Day) -> Bool {
        kinds.contains(kind) && apps.contains(app) && (from...until).contains(day)
    }

    /// HMAC(root_c, D("scope-salt")). Every reader of an index learns it.
    package static func salt(root: SymmetricKey) -> Hash256 {
        Hash256(Bytes(HMAC<SHA256>.authenticationCode(for: D("scope-salt"), using: root)).span, at: 0)
    }

    /// The consent's commitment: SHA-256(D("scope") ‖ salt ‖ JSON).
    package func commitment(salt: Hash256) -> Hash256 { Hash256(of: D("scope") + salt.bytes + json.encoded) }
}
