package import Sealing

/// The members that a charter and an amendment share, in order.
extension CharterTerms {
    private static let maximumURL = 2048
    private static let maximumName = 255

    package var members: [CanonicalJSON.Member] {
        [
            .init("demo", .boolean(demo)), .init("version", .number(version)),
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
            .init("rate", .number(rate)), .init("minimumWindow", .milliseconds(minimumWindow)),
            .init("minimumNotice", .milliseconds(minimumNotice)), .init("tolerance", .milliseconds(tolerance)),
            .init("freshness", .milliseconds(freshness)), .init("lake", .string(lake)),
        ]
    }

    package init(reading object: inout CanonicalObject) throws(FormatError) {
        self.demo = try object.boolean("demo")
        self.version = try object.number("version")
        (self.ledgerKey, self.ledgerURL) = try object.object("ledger") { ledger throws(FormatError) in
            (try ledger.key("key"), try ledger.string("url", atMost: Self.maximumURL))
        }
        self.groups = try object.objects("groups", atMost: 14) { element throws(FormatError) in
            try Group(reading: &element)
        }
        self.witnesses = try object.objects("witnesses", atMost: 64) { element throws(FormatError) in
            Witness(
                name: try element.string("name", atMost: Self.maximumName), key: try element.key("key"),
                url: try element.string("url", atMost: Self.maximumURL))
        }
        self.reviewers = try object.objects("reviewers", atMost: 64) { element throws(FormatError) in
            try Officer(reading: &element)
        }
        self.halters = try object.objects("halters", atMost: 64) { element throws(FormatError) in
            try Officer(reading: &element)
        }
        (self.desk, self.deskURL) = try object.object("desk") { desk throws(FormatError) in
            (try Officer(reading: &desk), try desk.string("url", atMost: Self.maximumURL))
        }
        (self.reviewQuorum, self.resumeQuorum) = try object.object("quorums") { quorums throws(FormatError) in
            (Int(try quorums.integer("review", atMost: 64)), Int(try quorums.integer("resume", atMost: 64)))
        }
        self.rate = try object.number("rate")
        self.minimumWindow = try object.milliseconds("minimumWindow")
        self.minimumNotice = try object.milliseconds("minimumNotice")
        self.tolerance = try object.milliseconds("tolerance")
        self.freshness = try object.milliseconds("freshness")
        self.lake = try object.string("lake", atMost: Self.maximumURL)
    }
}

extension CharterTerms.Group {
    init(reading object: inout CanonicalObject) throws(FormatError) {
        self.init(
            name: try object.string("name", atMost: 64),
            threshold: Int(try object.integer("threshold", atMost: 255)),
            brokers: try object.objects("brokers", atMost: 14) { element throws(FormatError) in
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
            side: try Side(reading: &object), noteKey: try object.key("note"), cosigner: try object.key("cosigner"),
            sealing: try SealingPublicKey(try object.bytes("sealing", count: SealingPublicKey.count)),
            url: try object.string("url", atMost: 2048))
    }

    fileprivate var json: CanonicalJSON {
        .object([
            .init("name", .string(name)), .init("operator", .string(op)), .init("side", .string(side.rawValue)),
            .init("note", .hex(noteKey.hash)), .init("cosigner", .hex(cosigner.hash)),
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
