package import Sealing
import ServiceLifecycle
import Synchronization

/// Ends a server whose disk can no longer be trusted: the process stops with the error, and a restart reads the disk
/// again.
package final class FatalStop: Service {
    private let stream: AsyncStream<CofferError>
    private let continuation: AsyncStream<CofferError>.Continuation

    package init() { (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1)) }

    package func fail(_ error: CofferError) { continuation.yield(error) }

    package func run() async throws {
        for await error in stream.cancelOnGracefulShutdown() { throw error }
    }
}
