/// The URL of a server, in the form to which paths are appended.
package enum ServerURL {
    /// The URL without a slash at its end.
    package static func base(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }
}
