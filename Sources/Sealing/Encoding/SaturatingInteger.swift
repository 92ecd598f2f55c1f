/// A 64-bit number whose arithmetic never traps and never wraps: a result above 2^64 − 1 becomes 2^64 − 1, and one
/// below zero becomes zero.
///
/// A rule that must detect an overflow compares before it adds or subtracts.
package protocol SaturatingInteger: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral,
    CustomStringConvertible
{
    var rawValue: UInt64 { get }
    init(rawValue: UInt64)
}

extension SaturatingInteger {
    @inlinable package init(integerLiteral value: UInt64) { self.init(rawValue: value) }

    /// The nearest representable value.
    @inlinable package init(clamping value: some BinaryInteger) { self.init(rawValue: UInt64(clamping: value)) }

    /// The whole part of a number, or the nearest representable value; zero for NaN.
    @inlinable package init(clamping value: Double) {
        self.init(rawValue: value >= 0x1p64 ? .max : value > 0 ? UInt64(value) : 0)
    }

    @inlinable package static var max: Self { Self(rawValue: .max) }

    /// The decimal digits.
    package var description: String { String(rawValue) }

    @inlinable package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    @inlinable package static func + (a: Self, b: Self) -> Self {
        let (sum, overflows) = a.rawValue.addingReportingOverflow(b.rawValue)
        return Self(rawValue: overflows ? .max : sum)
    }

    /// Zero when `b` is greater.
    @inlinable package static func - (a: Self, b: Self) -> Self {
        Self(rawValue: a.rawValue > b.rawValue ? a.rawValue &- b.rawValue : 0)
    }

    @inlinable package static func * (a: Self, count: some BinaryInteger) -> Self {
        let (product, overflows) = a.rawValue.multipliedReportingOverflow(by: UInt64(clamping: count))
        return Self(rawValue: overflows ? .max : product)
    }

    @inlinable package static func * (count: some BinaryInteger, b: Self) -> Self { b * count }

    /// The whole part. A division by zero, or by less, gives the greatest value.
    @inlinable package static func / (a: Self, count: some BinaryInteger) -> Self {
        Self(rawValue: count > 0 ? a.rawValue / UInt64(clamping: count) : .max)
    }

    /// How often `b` fits into `a`; 2^64 − 1 when `b` is zero.
    @inlinable package static func / (a: Self, b: Self) -> UInt64 {
        b.rawValue == 0 ? .max : a.rawValue / b.rawValue
    }

    /// The remainder of `a` divided by `b`; `a` when `b` is zero.
    @inlinable package static func % (a: Self, b: Self) -> Self {
        Self(rawValue: b.rawValue == 0 ? a.rawValue : a.rawValue % b.rawValue)
    }

    @inlinable package static func += (a: inout Self, b: Self) { a = a + b }
    @inlinable package static func -= (a: inout Self, b: Self) { a = a - b }
}
