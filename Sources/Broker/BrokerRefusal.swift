package import Sealing

/// Why a broker does not serve a request. It reveals nothing that the client did not send or the log does not hold.
package struct BrokerRefusal: Error, Equatable, Sendable {
    package let error: CofferError
    /// The first bad position of an ask; nil for other reasons.
    package let position: UInt32?
    /// Whether the broker's own disk failed, so that its process must stop.
    package let isFatal: Bool

    package init(_ error: CofferError, position: UInt32? = nil, isFatal: Bool = false) {
        self.error = error
        self.position = position
        self.isFatal = isFatal
    }

    static func malformed(_ message: String) -> BrokerRefusal { BrokerRefusal(CofferError(.usage, message)) }

    static func refused(_ rule: String, _ message: String, entry: UInt64? = nil, position: UInt32? = nil)
        -> BrokerRefusal
    {
        BrokerRefusal(CofferError(.refused, message, rule: rule, entry: entry), position: position)
    }

    static func tryLater(_ message: String, hint: String? = nil) -> BrokerRefusal {
        BrokerRefusal(CofferError(.tryLater, message, hint: hint))
    }

    /// The broker cannot trust its disk any more; the process is about to stop.
    package static let failed = BrokerRefusal(
        CofferError(.tryLater, "This broker cannot write its store and is stopping."), isFatal: true)
}
