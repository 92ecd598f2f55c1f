package import Ledger
import Rules
package import Sealing

/// A broker's signed note about the ledger's state at some size, made once a day. It is not logged.
///
/// `coffer/v1/state` {origin, size, root, state, snapshot, broker, time}: the tree, the digest of the state, the hash
/// of the snapshot that is served beside it.
package struct StateNote: Hashable, Sendable {
    static let type = "state"

    package let origin: String
    package let size: SaturatingUInt64
    package let root: Hash256
    package let state: Hash256
    package let snapshot: Hash256
    package let broker: VerifyingKey
    package let time: Milliseconds

    package init(
        origin: String, size: SaturatingUInt64, root: Hash256, state: Hash256, snapshot: Hash256,
        broker: VerifyingKey, time: Milliseconds
    ) {
        self.origin = origin
        self.size = size
        self.root = root
        self.state = state
        self.snapshot = snapshot
        self.broker = broker
        self.time = time
    }

    package var text: Bytes {
        MessageText.make(
            Self.type,
            [
                .init("origin", .string(origin)), .init("size", .number(size)), .init("root", .hex(root)),
                .init("state", .hex(state)), .init("snapshot", .hex(snapshot)), .init("broker", .string(broker.hex)),
                .init("time", .milliseconds(time)),
            ])
    }

    package init(parsing text: Bytes) throws(FormatError) {
        var object = try MessageText.object(Self.type, in: text)
        self.origin = try object.string("origin", atMost: 255)
        self.size = try object.number("size")
        self.root = try object.hash("root")
        self.state = try object.hash("state")
        self.snapshot = try object.hash("snapshot")
        self.broker = try object.key("broker")
        self.time = try object.milliseconds("time")
        try object.finish()
    }

    /// Parses a note that only this broker signed about this ledger. Otherwise throws `.tampering` with rule
    /// `state.note`.
    package init(_ note: SignedNote, origin: String, broker: VerifyingKey) throws(CofferError) {
        guard note.isSigned(byExactly: broker), let stated = try? StateNote(parsing: note.text),
            stated.origin.hasSameBytes(as: origin), stated.broker == broker
        else { throw CofferError(.tampering, "The state note is not signed by that broker.", rule: "state.note") }
        self = stated
    }
}
