import Sealing

/// Keeps back the last bytes of everything written until the stream is finished.
///
/// So a stream that ends early, by an error or a kill, ends in the middle of a tar member or of a line: no reader can
/// take what came for the whole. (At a boundary between members, Python's tarfile would.)
struct HeldOutput: ~Copyable {
    private let sink: any ByteSink
    private let keep: Int
    private var held: Bytes = []

    init(_ sink: any ByteSink, keeping keep: Int) {
        self.sink = sink
        self.keep = keep
    }

    mutating func write(_ bytes: Bytes) throws(CofferError) {
        held += bytes
        let ready = held.count - keep
        guard ready > 0 else { return }
        try sink.write(Array(held.prefix(ready)))
        held.removeFirst(ready)
    }

    /// The rest, and then the trailer.
    mutating func finish(trailer: Bytes = []) throws(CofferError) {
        try sink.write(held + trailer)
        held = []
    }
}
