import Crypto
import Sealing

/// Holds back the last bytes of everything written until the stream is finished.
///
/// So a stream that ends early, by an error or a kill, ends inside a tar member or a line, and no reader takes it for
/// complete. (Python's tarfile accepts a stream that ends between two members.)
struct HeldOutput: ~Copyable {
    private let sink: any ByteSink
    private let keep: Int
    private var held: Bytes = []
    private var hasher = SHA256()
    private var count = 0

    init(_ sink: any ByteSink, keeping keep: Int) {
        self.sink = sink
        self.keep = keep
    }

    mutating func write(_ bytes: Bytes) throws(CofferError) {
        hasher.update(data: bytes)
        count += bytes.count
        held += bytes
        let ready = held.count - keep
        guard ready > 0 else { return }
        try sink.write(Array(held.prefix(ready)))
        held.removeFirst(ready)
    }

    /// Everything written so far, with what is held.
    var written: Manifest.Written { Manifest.Written(count: count, hash: Hash256(hasher.finalize())) }

    /// Writes the rest, then the trailer.
    mutating func finish(trailer: Bytes = []) throws(CofferError) {
        try sink.write(held + trailer)
        held = []
    }
}
