package import Sealing

/// States that a broker holds no sub-key of any consent that had ended in the tree of this size. Signed by the broker's
/// note key.
package struct Destroyed: StatementContent {
    package static let type = "destroyed"
    package let heading: Heading
    package let broker: VerifyingKey
    package let size: SaturatingUInt64

    package init(heading: Heading, broker: VerifyingKey, size: SaturatingUInt64) {
        self.heading = heading
        self.broker = broker
        self.size = size
    }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) {
        self.heading = heading
        self.broker = try object.key("broker")
        self.size = try object.number("size")
    }

    package var members: [CanonicalJSON.Member] {
        [.init("broker", .hex(broker.hash)), .init("size", .number(size))]
    }
}
