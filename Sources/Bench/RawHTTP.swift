import Glibc

/// One keep-alive connection to a server on loopback, with the minimum of HTTP/1.1, so that the load generator costs
/// little compared with the server.
final class RawHTTP {
    private let socket: Int32
    private var buffer: [UInt8] = []

    init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        address.sin_port = in_port_t(port).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw BenchError("no connection to port \(port)") }
        var one: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(socket) }

    /// The head and body of a request, ready to be sent repeatedly.
    static func request(_ method: String, _ path: String, headers: [String] = [], body: [UInt8]) -> [UInt8] {
        let lines =
            ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1", "Content-Length: \(body.count)"] + headers + ["", ""]
        return Array(lines.joined(separator: "\r\n").utf8) + body
    }

    /// Sends a request and reads the whole answer.
    func send(_ request: [UInt8]) throws -> (status: Int, body: [UInt8]) {
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes {
                write(socket, $0.baseAddress.map { $0 + sent }, request.count - sent)
            }
            guard count > 0 else { throw BenchError("the connection broke") }
            sent += count
        }
        while true {
            if let end = headEnd() {
                let head = String(decoding: buffer[..<end], as: UTF8.self).lowercased()
                buffer.removeFirst(end + 4)
                let status = Int(head.dropFirst(9).prefix(3)) ?? 0
                if head.contains("transfer-encoding: chunked") { return (status, try chunks()) }
                let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                return (status, try take(length.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0))
            }
            try fill()
        }
    }

    private func headEnd() -> Int? {
        guard buffer.count >= 4 else { return nil }
        for i in 0...(buffer.count - 4) where buffer[i] == 13 {
            if buffer[i + 1] == 10, buffer[i + 2] == 13, buffer[i + 3] == 10 { return i }
        }
        return nil
    }

    private func chunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            while buffer.firstIndex(of: 10) == nil { try fill() }
            let end = buffer.firstIndex(of: 10) ?? 0
            let size = Int(String(decoding: buffer[..<(end - 1)], as: UTF8.self), radix: 16) ?? 0
            buffer.removeFirst(end + 1)
            body += try take(size)
            _ = try take(2)
            if size == 0 { return body }
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while buffer.count < count { try fill() }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private func fill() throws {
        let count = withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { space in
            let count = read(socket, space.baseAddress, space.count)
            if count > 0 { buffer += UnsafeRawBufferPointer(rebasing: space[..<count]) }
            return count
        }
        guard count > 0 else { throw BenchError("the connection broke") }
    }
}
