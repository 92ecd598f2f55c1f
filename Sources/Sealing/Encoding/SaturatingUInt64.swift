/// A count, size or index that may come from outside: from a message, a note, a file or a command line.
///
/// It has no operators that trap or wrap, so that no number which somebody else chose ends the process. To use it as an
/// `Int`, say what becomes of a number that does not fit: `Int(clamping:)` or `Int(exactly:)`.
package struct SaturatingUInt64: SaturatingInteger {
    package let rawValue: UInt64

    @inlinable package init(rawValue: UInt64) { self.rawValue = rawValue }
}

extension FixedWidthInteger {
    /// The nearest value there is.
    package init(clamping number: some SaturatingInteger) { self.init(clamping: number.rawValue) }

    /// Nil when it does not fit.
    package init?(exactly number: some SaturatingInteger) { self.init(exactly: number.rawValue) }
}

extension ByteWriter {
    /// A `u64`.
    package mutating func number(_ number: SaturatingUInt64) { u64(number.rawValue) }
}

extension ByteReader {
    /// A `u64`.
    package mutating func number() throws(FormatError) -> SaturatingUInt64 { SaturatingUInt64(rawValue: try u64()) }
}

extension CanonicalJSON {
    package static func number(_ number: SaturatingUInt64) -> CanonicalJSON { .integer(number.rawValue) }
}

extension CanonicalObject {
    package mutating func number(_ name: String) throws(FormatError) -> SaturatingUInt64 {
        SaturatingUInt64(rawValue: try integer(name))
    }
}
