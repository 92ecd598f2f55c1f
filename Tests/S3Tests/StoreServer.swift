import Foundation
import Glibc
import Sealing

/// A request as it came over the socket.
struct StoreRequest: Sendable {
    let method: String
    let path: String
    let query: [String: String]
    let headers: [String: String]
    let body: Bytes

    func has(_ parameter: String) -> Bool { query[parameter] != nil }
}

/// What the server does with a request.
enum StoreReply: Sendable {
    case answer(Int, [String: String] = [:], Bytes = [])
    /// These bytes instead of an answer; then the connection ends.
    case raw(Bytes)
    /// Nothing; the connection stays open until the client leaves.
    case silence

    static func text(_ status: Int, _ text: String) -> StoreReply { .answer(status, [:], Array(text.utf8)) }

    static func error(_ status: Int, _ code: String) -> StoreReply {
        text(status, "<?xml version=\"1.0\"?>\n<Error><Code>\(code)</Code><Message>secret words</Message></Error>")
    }
}

/// HTTP on a socket of this machine with one thread a connection, so that an answer can be cut or withheld anywhere.
final class StoreServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let reply: @Sendable (StoreRequest) -> StoreReply

    init(_ reply: @escaping @Sendable (StoreRequest) -> StoreReply) throws {
        self.reply = reply
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 128) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isListening else { throw CocoaError(.fileReadUnknown) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread {
                    Self.serve(connection, reply)
                    close(connection)
                }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func serve(_ connection: Int32, _ reply: @Sendable (StoreRequest) -> StoreReply) {
        var received = Bytes()
        while let request = next(&received, connection) {
            switch reply(request) {
            case .answer(let status, let headers, let body):
                var head = "HTTP/1.1 \(status) Answer\r\ncontent-length: \(body.count)\r\n"
                for (name, value) in headers { head += "\(name): \(value)\r\n" }
                guard write(Array("\(head)\r\n".utf8) + body, connection) else { return }
            case .raw(let bytes):
                _ = write(bytes, connection)
                return
            case .silence:
                var byte: UInt8 = 0
                while read(connection, &byte, 1) > 0 {}
                return
            }
        }
    }

    private static func next(_ received: inout Bytes, _ connection: Int32) -> StoreRequest? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let head = received.firstRange(of: end) {
                let text = String(decoding: received[..<head.lowerBound], as: UTF8.self)
                let lines = text.components(separatedBy: "\r\n")
                let words = lines[0].split(separator: " ")
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
                }
                let count = Int(headers["content-length"] ?? "0") ?? 0
                while received.count - head.upperBound < count {
                    guard more(&received, connection) else { return nil }
                }
                let body = Bytes(received[head.upperBound..<head.upperBound + count])
                received.removeFirst(head.upperBound + count)
                let parts = words[1].split(separator: "?", maxSplits: 1)
                var query: [String: String] = [:]
                for pair in parts.dropFirst().first?.split(separator: "&") ?? [] {
                    let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    query[String(sides[0])] = String(sides.last ?? "").removingPercentEncoding
                }
                return StoreRequest(
                    method: String(words[0]), path: String(parts[0]), query: query, headers: headers, body: body)
            }
            guard more(&received, connection) else { return nil }
        }
    }

    private static func more(_ received: inout Bytes, _ connection: Int32) -> Bool {
        var buffer = Bytes(repeating: 0, count: 1 << 16)
        let count = read(connection, &buffer, buffer.count)
        guard count > 0 else { return false }
        received += buffer[..<count]
        return true
    }

    private static func write(_ bytes: Bytes, _ connection: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let flags = Int32(MSG_NOSIGNAL)
            let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, flags) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
