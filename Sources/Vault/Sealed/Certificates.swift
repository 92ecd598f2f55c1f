package import Sealing

/// The devices that the identity has certified. The list is sealed under the index key, so only a process that can
/// open the vault can add to it; the capture agent cannot.
package struct Certificates: Sendable, Equatable {
    package struct Device: Sendable, Hashable {
        package let key: VerifyingKey
        package let since: Milliseconds
        /// True for the keyholder's own key, which signs adopted and redacted segments; false for a capture agent's.
        package let isKeyholder: Bool
    }

    package private(set) var devices: [Device] = []

    package func certifies(_ key: VerifyingKey) -> Bool { devices.contains { $0.key == key } }

    mutating func certify(_ key: VerifyingKey, since: Milliseconds, isKeyholder: Bool) {
        if !certifies(key) { devices.append(Device(key: key, since: since, isKeyholder: isKeyholder)) }
    }

    var encoded: Bytes {
        CanonicalJSON.array(
            devices.map {
                .object([
                    .init("key", .string($0.key.hex)), .init("since", .milliseconds($0.since)),
                    .init("keyholder", .boolean($0.isKeyholder)),
                ])
            }
        ).encoded
    }

    init() {}

    init(parsing bytes: Bytes) throws(FormatError) {
        guard case .array(let values) = try CanonicalJSON(parsing: bytes) else { throw .notCanonical }
        for value in values {
            var object = try CanonicalObject(value)
            let device = Device(
                key: try object.key("key"), since: try object.milliseconds("since"),
                isKeyholder: try object.boolean("keyholder"))
            try object.finish()
            devices.append(device)
        }
    }
}
