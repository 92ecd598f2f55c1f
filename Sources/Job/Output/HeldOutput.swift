import Crypto
import Sealing

/// Holds back the last bytes of everything written until the stream is finished.
///
/// So a stream that ends early, by an error or a kill, ends inside a tar member or a line, and no reader takes it for
/// complete. (Python's tarfile accepts a stream that ends between two members.)
///
/// The first pieces go out as they come, so that a reader can begin. Later ones are collected to as many bytes as a pipe
/// takes at once.
struct HeldOutput: ~Copyable {
    private static let collected = 64 << 10
    private static let first = 32

    private let sink: any ByteSink
    private let keep: Int
    private var held: Bytes = []
    private var hasher = SHA256()
    private var count = 0
    private var pieces = 0

    init(_ sink: any ByteSink, keeping keep: Int) {
        self.sink = sink
        self.keep = keep
    }

    mutating func write(_ bytes: Bytes) throws(CofferError) {
        hasher.update(data: bytes)
        count += bytes.count
        pieces += 1
        // Much at once is not copied. Its begin goes out with what was held, so that no write ends between two members.
        var begun = 0
        if bytes.count > 2 * Self.collected + keep {
            begun = bytes.count - keep
            held += bytes[..<Self.collected]
            try sink.write(held[...])
            held.removeAll(keepingCapacity: true)
            try sink.write(bytes[Self.collected..<begun])
        }
        held += bytes[begun...]
        if held.count - keep >= Self.collected || pieces <= Self.first { try flush() }
    }

    /// Writes all that need not be held back.
    mutating func flush() throws(CofferError) {
        let ready = held.count - keep
        guard ready > 0 else { return }
        try sink.write(held[..<ready])
        held.removeFirst(ready)
    }

    /// Everything written so far, with what is held.
    var written: Manifest.Written { Manifest.Written(count: count, hash: Hash256(hasher.finalize())) }

    /// Writes the rest, then the trailer.
    mutating func finish(trailer: Bytes = []) throws(CofferError) {
        try sink.write((held + trailer)[...])
        held = []
    }
}
