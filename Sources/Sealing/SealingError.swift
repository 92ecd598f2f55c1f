/// Why a sealed object does not open or cannot be sealed. Every forgery gives the same error, `notAuthentic`.
package enum SealingError: Error, Equatable, Sendable {
    /// Not made with this key and context, or changed afterwards.
    case notAuthentic
    /// Not in its format.
    case malformed(FormatError)
    /// The key has the wrong form.
    case keyUnusable
    /// The context has had as many messages as it may have.
    case exhausted
}

/// Runs a parser, turning its errors into `SealingError.malformed`.
func parsing<R>(_ body: () throws(FormatError) -> R) throws(SealingError) -> R {
    do { return try body() } catch { throw .malformed(error) }
}
