/// Why something sealed does not open, or cannot be sealed. There is one answer to every forgery: `notAuthentic`.
package enum SealingError: Error, Equatable, Sendable {
    /// Not made with this key and this context, or changed since.
    case notAuthentic
    /// Not in its format.
    case malformed(FormatError)
    /// The key has the wrong form.
    case keyUnusable
}

/// Runs a parser, turning its errors into `SealingError.malformed`.
func parsing<R>(_ body: () throws(FormatError) -> R) throws(SealingError) -> R {
    do { return try body() } catch { throw .malformed(error) }
}
