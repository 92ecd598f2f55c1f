package import Sealing

/// The members that a charter and an amendment share, in their order.
extension CharterTerms {
    private static let mostURL = 2048
    private static let mostName = 255

    package var members: [CanonicalJSON.Member] {
        [
            .init("demo", .boolean(demo)), .init("version", .integer(version)),
            .init("ledger", .object([.init("key", .hex(ledgerKey.hash)), .init("url", .string(ledgerURL))])),
            .init("groups", .array(groups.map(\.json))),
            .init("witnesses", .array(witnesses.map(\.json))),
            .init("reviewers", .array(reviewers.map { .object($0.members) })),
            .init("halters", .array(halters.map { .object($0.members) })),
            .init("desk", .object(desk.members + [.init("url", .string(deskURL))])),
            .init(
                "quorums",
                .object([
                    .init("review", .integer(UInt64(reviewQuorum))), .init("resume", .integer(UInt64(resumeQuorum))),
                ])),
            .init("rate", .integer(rate)), .init("minimumWindow", .integer(minimumWindow)),
            .init("minimumNotice", .integer(minimumNotice)), .init("tolerance", .integer(tolerance)),
            .init("freshness", .integer(freshness)), .init("lake", .string(lake)),
        ]
    }

    package init(reading object: inout CanonicalObject) throws(FormatError) {
        self.demo = try object.boolean("demo")
        self.version = try object.integer("version")
        var ledger = try CanonicalObject(try object.value("ledger"))
        self.ledgerKey = try ledger.key("key")
        self.ledgerURL = try ledger.string("url", atMost: Self.mostURL)
        try ledger.finish()
        self.groups = try Self.each("groups", in: &object, atMost: 14) { element throws(FormatError) in
            try Group(reading: &element)
        }
        self.witnesses = try Self.each("witnesses", in: &object, atMost: 64) { element throws(FormatError) in
            Witness(
                name: try element.string("name", atMost: Self.mostName), key: try element.key("key"),
                url: try element.string("url", atMost: Self.mostURL))
        }
        self.reviewers = try Self.each("reviewers", in: &object, atMost: 64) { element throws(FormatError) in
            try Officer(reading: &element)
        }
        self.halters = try Self.each("halters", in: &object, atMost: 64) { element throws(FormatError) in
            try Officer(reading: &element)
        }
        var desk = try CanonicalObject(try object.value("desk"))
        self.desk = try Officer(reading: &desk)
        self.deskURL = try desk.string("url", atMost: Self.mostURL)
        try desk.finish()
        var quorums = try CanonicalObject(try object.value("quorums"))
        self.reviewQuorum = Int(try quorums.integer("review", atMost: 64))
        self.resumeQuorum = Int(try quorums.integer("resume", atMost: 64))
        try quorums.finish()
        self.rate = try object.integer("rate")
        self.minimumWindow = try object.integer("minimumWindow")
        self.minimumNotice = try object.integer("minimumNotice")
        self.tolerance = try object.integer("tolerance")
        self.freshness = try object.integer("freshness")
        self.lake = try object.string("lake", atMost: Self.mostURL)
    }

    /// Reads an array of objects, each to its last member.
    fileprivate static func each<T>(
        _ name: String, in object: inout CanonicalObject, atMost limit: Int,
        _ read: (inout CanonicalObject) throws(FormatError) -> T
    ) throws(FormatError) -> [T] {
        var values: [T] = []
        for value in try object.array(name, atMost: limit) {
            var element = try CanonicalObject(value)
            values.append(try read(&element))
            try element.finish()
        }
        return values
    }
}

extension CharterTerms.Group {
    init(reading object: inout CanonicalObject) throws(FormatError) {
        self.init(
            name: try object.string("name", atMost: 64),
            threshold: Int(try object.integer("threshold", atMost: 255)),
            brokers: try CharterTerms.each("brokers", in: &object, atMost: 14) { element throws(FormatError) in
                try CharterTerms.Broker(reading: &element)
            })
    }

    var json: CanonicalJSON {
        .object([
            .init("name", .string(name)), .init("threshold", .integer(UInt64(threshold))),
            .init("brokers", .array(brokers.map(\.json))),
        ])
    }
}

extension CharterTerms.Broker {
    fileprivate init(reading object: inout CanonicalObject) throws(FormatError) {
        self.init(
            name: try object.string("name", atMost: 255), operator: try object.string("operator", atMost: 255),
            side: try Side(reading: &object), note: try object.key("note"), cosigner: try object.key("cosigner"),
            sealing: try SealingPublicKey(try object.bytes("sealing", count: SealingPublicKey.count)),
            url: try object.string("url", atMost: 2048))
    }

    fileprivate var json: CanonicalJSON {
        .object([
            .init("name", .string(name)), .init("operator", .string(op)), .init("side", .string(side.rawValue)),
            .init("note", .hex(note.hash)), .init("cosigner", .hex(cosigner.hash)),
            .init("sealing", .bytes(sealing.bytes)), .init("url", .string(url)),
        ])
    }
}

extension CharterTerms.Witness {
    fileprivate var json: CanonicalJSON {
        .object([.init("name", .string(name)), .init("key", .hex(key.hash)), .init("url", .string(url))])
    }
}

extension CharterTerms.Officer {
    fileprivate init(reading object: inout CanonicalObject) throws(FormatError) {
        self.init(
            name: try object.string("name", atMost: 255), key: try object.key("key"), side: try Side(reading: &object))
    }

    fileprivate var members: [CanonicalJSON.Member] {
        [.init("name", .string(name)), .init("key", .hex(key.hash)), .init("side", .string(side.rawValue))]
    }
}

extension Side {
    fileprivate init(reading object: inout CanonicalObject) throws(FormatError) {
        guard let side = Side(rawValue: try object.string("side", atMost: 16)) else { throw .notCanonical }
        self = side
    }
}
