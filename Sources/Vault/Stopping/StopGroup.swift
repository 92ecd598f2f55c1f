package import Rules
package import Sealing

/// A broker group with what stopping needs: threshold, keys and URLs.
package struct StopGroup: Sendable, Equatable {
    package let name: String
    package let threshold: Int
    package let brokers: [Broker]

    package struct Broker: Sendable, Equatable {
        package let key: VerifyingKey
        package let url: String
    }

    package init(name: String, threshold: Int, brokers: [Broker]) {
        self.name = name
        self.threshold = threshold
        self.brokers = brokers
    }

    package init(_ group: CharterTerms.Group) {
        self.init(
            name: group.name, threshold: group.threshold,
            brokers: group.brokers.map { Broker(key: $0.noteKey, url: $0.url) })
    }

    var json: CanonicalJSON {
        .object([
            .init("name", .string(name)), .init("threshold", .integer(UInt64(threshold))),
            .init(
                "brokers",
                .array(
                    brokers.map { .object([.init("note", .string($0.key.hex)), .init("url", .string($0.url))]) })),
        ])
    }

    init(reading object: inout CanonicalObject) throws(FormatError) {
        name = try object.string("name", atMost: 255)
        threshold = Int(try object.integer("threshold", atMost: 7))
        brokers = try object.objects("brokers", atMost: 14) { broker throws(FormatError) in
            Broker(key: try broker.key("note"), url: try broker.string("url", atMost: 1024))
        }
        guard threshold >= 1, threshold <= brokers.count else { throw .outOfBounds }
    }

    /// Whether at least n − t + 1 of its brokers have signed receipts, so that the others cannot evaluate anything.
    package func isStopped(by receipts: [VerifyingKey]) -> Bool {
        brokers.count { receipts.contains($0.key) }
            >= CharterTerms.Group.stoppingCount(brokers: brokers.count, threshold: threshold)
    }
}
