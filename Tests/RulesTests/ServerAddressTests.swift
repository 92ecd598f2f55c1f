import Rules
import Testing

/// Which URLs every client can use. The independent reader has the same rule as a regular expression.
@Suite("Server addresses")
struct ServerAddressTests {
    @Test(
        "What every client can use",
        arguments: [
            "http://a", "https://a.example", "http://127.0.0.1:1", "https://a-b_c.example:65535", "http://[::1]",
            "http://[fe80::1:2]:8080/x", "http://a/", "http://a:80/one/two/", "http://a/~b.c-d_e",
        ])
    func good(_ text: String) {
        let base = ServerAddress(text)?.base
        #expect(base == (text.hasSuffix("/") ? String(text.dropLast()) : text))
    }

    @Test(
        "What is refused",
        arguments: [
            "", "a", "http://", "http:///a", "ftp://a", "HTTP://a", "http:/a", "http://a:", "http://a:0",
            "http://a:080",
            "http://a:65536", "http://a:99999", "http://a:100000", "http://a:-1", "http://a:1x", "http://a b",
            "http://a?b",
            "http://a#b", "http://a/b?c", "http://u@a", "http://u:p@a", "http://a/%41", "http://a\n", "http://ä",
            "http://[]",
            "http://[::1", "http://[::1]x", "http://[::1]:", "http://[g::]", "http://a/\u{0}", " http://a",
            "http://" + String(repeating: "a", count: 2_048),
        ])
    func bad(_ text: String) { #expect(ServerAddress(text) == nil) }
}
