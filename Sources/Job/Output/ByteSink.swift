package import Sealing

/// Where a stream of samples goes: a pipe, memory, or the file that a person names (Design, "A release, step by step",
/// step 5).
package protocol ByteSink: AnyObject {
    /// Writes all bytes or throws.
    func write(_ bytes: ArraySlice<UInt8>) throws(CofferError)
}

/// A sink in memory.
package final class MemorySink: ByteSink {
    package private(set) var bytes: Bytes = []
    package init() {}
    package func write(_ bytes: ArraySlice<UInt8>) throws(CofferError) { self.bytes += bytes }
}
