import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Sealing
import ServiceLifecycle
import Serving
import Synchronization

/// Lines of a log, kept.
final class KeptLog: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined() } }

    func logger(_ level: Logger.Level = .trace, format: LogFormat = .json) -> Logger {
        .server(level: level, format: format) { line in self.lines.withLock { $0.append(line) } }
    }
}

/// A server on a real socket of this machine.
struct RunningServer: Sendable {
    let url: String
    let group: ServiceGroup

    var port: Int { Int(url.split(separator: ":").last ?? "") ?? 0 }

    /// Runs `body` while the router is served, then shuts it down gracefully.
    static func serve(
        _ router: Router<BasicRequestContext>, services: [any Service] = [],
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        change: (inout ServerRun) throws -> Void = { _ in },
        _ body: @escaping @Sendable (RunningServer) async throws -> Void
    ) async throws {
        let (listening, told) = AsyncStream.makeStream(of: String.self)
        var run = ServerRun(address: ListenAddress(host: "127.0.0.1", port: 0), logger: logger) { told.yield($0) }
        try change(&run)
        let group = try run.group(router, services: services)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { told.finish() }
                try await group.run()
            }
            var urls = listening.makeAsyncIterator()
            if let url = await urls.next() { try await body(RunningServer(url: url, group: group)) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

/// A connection without a client's manners: sends bytes, and reads until the server closes it.
struct RawConnection: Sendable {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// What came back before the end.
    static func exchange(
        port: Int, _ body: @escaping @Sendable (@Sendable (String) async throws -> Void) async throws -> Void
    ) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let read = Kept()
        do {
            try await channel.executeThenClose { inbound, outbound in
                try await body { try await outbound.write(ByteBuffer(string: $0)) }
                for try await buffer in inbound { read.add([Array(buffer.readableBytesView)]) }
            }
        } catch is IOError {
            // The server reset the connection: an end like any other.
        } catch is ChannelError {
            // It closed it while something was being sent.
        }
        return String(decoding: read.all.flatMap(\.self), as: UTF8.self)
    }
}
