/// The URL of a server as paths are put behind it.
package enum ServerURL {
    /// Without the slash that may stand at its end.
    package static func base(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }
}
