import Glibc
import NIOCore

/// Where a connection comes from: an IPv4 address, or the first half of an IPv6 address, since each household has all of
/// the second half.
struct PeerAddress: Hashable, Sendable {
    private let bytes: [UInt8]

    /// Nil for this machine, and for what is no address of a network.
    init?(_ address: SocketAddress?) {
        guard let text = address?.ipAddress else { return nil }
        let (v4, v6) = (Self.parse(text, AF_INET, count: 4), Self.parse(text, AF_INET6, count: 16))
        // IPv4 as a socket of IPv6 shows it.
        let shown = v6?.prefix(12) == Array(repeating: 0, count: 10) + [0xff, 0xff] ? v6?.suffix(4) : nil
        if let v4 = v4 ?? shown.map(Array.init) {
            guard v4[0] != 127 else { return nil }
            bytes = v4
        } else if let v6, v6 != Array(repeating: 0, count: 15) + [1] {
            bytes = Array(v6.prefix(8))
        } else {
            return nil
        }
    }

    private static func parse(_ text: String, _ family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }
}
