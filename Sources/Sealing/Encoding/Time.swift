/// A moment as milliseconds since 1970, UTC, or a length of time in milliseconds.
///
/// Milliseconds and seconds are two types, so that the compiler refuses to compare or add one to the other. Arithmetic
/// saturates, since most times come from other machines (`SaturatingInteger`).
package struct Milliseconds: SaturatingInteger {
    package let rawValue: UInt64

    @inlinable package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The greatest value when the seconds are too many.
    @inlinable package init(_ seconds: Seconds) {
        let (product, overflows) = seconds.rawValue.multipliedReportingOverflow(by: 1_000)
        rawValue = overflows ? .max : product
    }
}

/// A moment as seconds since 1970, UTC, or a length of time in seconds. Cosignatures carry seconds.
package struct Seconds: SaturatingInteger {
    package let rawValue: UInt64

    @inlinable package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The whole seconds.
    @inlinable package init(_ milliseconds: Milliseconds) { rawValue = milliseconds.rawValue / 1_000 }
}

extension Duration {
    /// At most 2^63 − 1 milliseconds.
    package init(_ time: Milliseconds) { self = .milliseconds(Int64(clamping: time.rawValue)) }
}

extension ByteWriter {
    /// A `u64`.
    package mutating func milliseconds(_ time: Milliseconds) { u64(time.rawValue) }
    /// A `u64`.
    package mutating func seconds(_ time: Seconds) { u64(time.rawValue) }
}

extension ByteReader {
    /// A `u64`.
    package mutating func milliseconds() throws(FormatError) -> Milliseconds { Milliseconds(rawValue: try u64()) }
    /// A `u64`.
    package mutating func seconds() throws(FormatError) -> Seconds { Seconds(rawValue: try u64()) }
}

extension CanonicalJSON {
    package static func milliseconds(_ time: Milliseconds) -> CanonicalJSON { .integer(time.rawValue) }
    package static func seconds(_ time: Seconds) -> CanonicalJSON { .integer(time.rawValue) }
}

extension CanonicalObject {
    package mutating func milliseconds(_ name: String) throws(FormatError) -> Milliseconds {
        Milliseconds(rawValue: try integer(name))
    }
}
