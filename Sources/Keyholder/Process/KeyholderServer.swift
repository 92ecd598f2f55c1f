import Files
import Glibc
package import Sealing

/// The keyholder's socket. It answers only this user, one request per connection.
package final class KeyholderServer: Sendable {
    private let keyholder: Keyholder
    private let listener: LocalListener
    private let locked: @Sendable () -> Void
    private let unread = UnreadRequests(atMost: 64)

    /// Starts to listen. Calls `locked` for a `lock` request, after the answer.
    package init(_ keyholder: Keyholder, path: String, locked: @escaping @Sendable () -> Void) throws(CofferError) {
        self.keyholder = keyholder
        self.locked = locked
        listener = try LocalListener(path)
    }

    /// Accepts connections on its own thread, and serves each on another, so that a silent caller does not delay
    /// others.
    package func start() throws(CofferError) {
        try Self.detach { [self] in
            while let socket = listener.accept() {
                socket.setTimeout(seconds: 10)
                unread.begin(socket)
                // If no thread can be started, the connection is closed.
                do { try Self.detach { self.serve(socket) } } catch { unread.end(socket) }
            }
        }
    }

    /// Ends the unlocked time on a thread of its own, whatever a sync or an answer waits for: calls `locked` at the
    /// deadline by the keyholder's clock, or when as much time has passed since now, suspensions included.
    package func startDeadline() throws(CofferError) {
        let start = ContinuousClock.now
        let left = keyholder.deadline - keyholder.programme.now()
        try Self.detach { [self] in
            while !keyholder.isOver, ContinuousClock.now - start < Duration(left) { usleep(100_000) }
            stop()
            keyholder.forget()
            locked()
        }
    }

    /// Stops listening: later connections are refused.
    package func stop() { listener.stop() }

    private func serve(_ socket: LocalSocket) {
        let line = socket.readLine(atMost: 1 << 20)
        unread.end(socket)
        guard let line, let request = try? CanonicalJSON(parsing: line) else {
            _ = socket.write(line: KeyholderMessage.error(Self.boundary(FormatError.notCanonical)))
            return
        }
        switch request["op"]?.asString {
        // On this thread, so that it is answered however busy the keyholder is.
        case "ping":
            _ = socket.write(line: KeyholderMessage.done(.object([.init("until", .milliseconds(keyholder.deadline))])))
        case "lock":
            stop()
            keyholder.forget()
            _ = socket.write(line: KeyholderMessage.done(.object([])))
            locked()
        case "consent-keys":
            do {
                keyholder.add(try KeyholderSecrets.consent(reading: socket.read(into:)))
                _ = socket.write(line: KeyholderMessage.done(.object([])))
            } catch {
                _ = socket.write(line: KeyholderMessage.error(error))
            }
        default:
            let keyholder = keyholder
            Task.detached {
                do {
                    let done = try await keyholder.answer(request) { value in
                        guard socket.write(line: KeyholderMessage.item(value)) else { throw CancellationError() }
                    }
                    _ = socket.write(line: KeyholderMessage.done(done))
                } catch {
                    _ = socket.write(line: KeyholderMessage.error(Self.boundary(error)))
                }
            }
        }
    }

    private static func boundary(_ error: any Error) -> CofferError {
        switch error {
        case let error as CofferError: error
        case is FormatError: CofferError(.usage, "The request is not in the keyholder's format.")
        default: CofferError(.bug, "An unexpected error of type \(type(of: error)).")
        }
    }

    private static func detach(_ body: @escaping @Sendable () -> Void) throws(CofferError) {
        final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        let result = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        guard result == 0 else {
            box.release()
            throw CofferError(.configuration, "A thread cannot be started.", hint: "Check `ulimit -u`.")
        }
        pthread_detach(thread)
    }
}
