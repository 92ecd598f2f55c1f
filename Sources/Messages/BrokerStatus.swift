package import Sealing

/// A broker's answer to `GET /status`: `coffer.broker.v1`. Operators read it; Coffer's clients do not.
///
/// {schema, origin, broker, size, root?, cosigned?, answers, subKeys}
package struct BrokerStatus: Hashable, Sendable {
    package let origin: String
    package let broker: VerifyingKey
    package let size: UInt64
    package let root: Hash256?
    /// When a quorum had cosigned the checkpoint.
    package let cosigned: Seconds?
    /// The number of answers given since the broker started.
    package let answers: UInt64
    package let subKeys: Int

    package init(
        origin: String, broker: VerifyingKey, size: UInt64, root: Hash256?, cosigned: Seconds?, answers: UInt64,
        subKeys: Int
    ) {
        self.origin = origin
        self.broker = broker
        self.size = size
        self.root = root
        self.cosigned = cosigned
        self.answers = answers
        self.subKeys = subKeys
    }

    package var json: CanonicalJSON {
        var members: [CanonicalJSON.Member] = [
            .init("schema", .string("coffer.broker.v1")), .init("origin", .string(origin)),
            .init("broker", .string(broker.hex)), .init("size", .integer(size)),
        ]
        if let root { members.append(.init("root", .hex(root))) }
        if let cosigned { members.append(.init("cosigned", .seconds(cosigned))) }
        return .object(
            members + [.init("answers", .integer(answers)), .init("subKeys", .integer(UInt64(subKeys)))])
    }
}
