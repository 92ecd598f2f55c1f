import Sealing

/// The address that a server listens on: `HOST:PORT` or `[IPv6]:PORT`; port 0 means any free port.
package struct ListenAddress: Hashable, Sendable {
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = Int(port)
    }

    package var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether only this machine can reach the address.
    package var isLoopback: Bool {
        host == "localhost" || host == "::1"
            || host.hasPrefix("127.") && host.allSatisfy { $0 == "." || $0.isASCII && $0.isWholeNumber }
    }

    /// The error for an address that cannot be bound, by the system's errno.
    func unreachable(_ code: Int32) -> CofferError {
        switch code {
        case 98:
            CofferError(
                .configuration, "Another process already listens on \(text).",
                hint: "Stop it, or name another port with --listen.")
        case 13, 1:
            CofferError(.configuration, "This user may not listen on \(text).", hint: "Name a port above 1023.")
        default:
            CofferError(
                .configuration, "This machine cannot listen on \(text).",
                hint: "Name an address of this machine with --listen.")
        }
    }
}
