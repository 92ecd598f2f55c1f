/// A token by its published prefix and the characters that follow.
struct TokenForm: Sendable {
    /// Which characters may follow the prefix, besides letters and digits.
    private struct Alphabet: OptionSet {
        let rawValue: UInt8
        static let line = Alphabet(rawValue: 1)
        static let dash = Alphabet(rawValue: 2)
        static let dot = Alphabet(rawValue: 4)
        /// `+`, `/` and `=`, as in base64.
        static let base64 = Alphabet(rawValue: 8)

        func contains(byte: UInt8) -> Bool {
            switch byte {
            case 48...57, 65...90, 97...122: true
            case 95: contains(.line)
            case 45: contains(.dash)
            case 46: contains(.dot)
            case 43, 47, 61: contains(.base64)
            default: false
            }
        }
    }

    private let prefix: [UInt8]
    private let least: Int
    private let alphabet: Alphabet
    /// Whether the prefix is a name, whose value is the secret: a sign such as `=` or `:` stands between them.
    private let isName: Bool

    private init(_ prefix: String, _ least: Int, _ alphabet: Alphabet = [], isName: Bool = false) {
        self.prefix = Array(prefix.utf8)
        self.least = least
        self.alphabet = alphabet
        self.isName = isName
    }

    /// The longest token, in bytes.
    private static let maximumCount = 8192

    /// By the first byte of the prefix.
    private static let forms: [[TokenForm]] = {
        let url: Alphabet = [.line, .dash]
        let all = [
            // clouds
            TokenForm("AKIA", 16), TokenForm("ASIA", 16),
            TokenForm("aws_secret_access_key", 40, .base64, isName: true),
            TokenForm("AWS_SECRET_ACCESS_KEY", 40, .base64, isName: true),
            TokenForm("SecretAccessKey", 40, .base64, isName: true),
            TokenForm("AccountKey", 80, .base64, isName: true), TokenForm("AIza", 35, url),
            TokenForm("ya29.", 20, url), TokenForm("GOCSPX-", 20, url), TokenForm("dop_v1_", 40),
            TokenForm("doo_v1_", 40), TokenForm("hvs.", 20, url), TokenForm("hvb.", 20, url), TokenForm("dapi", 32),
            // forges and registries
            TokenForm("ghp_", 36), TokenForm("gho_", 36), TokenForm("ghu_", 36), TokenForm("ghs_", 36),
            TokenForm("ghr_", 36), TokenForm("github_pat_", 22, .line), TokenForm("glpat-", 20, [.line, .dash, .dot]),
            TokenForm("gldt-", 20, url), TokenForm("ATBB", 28), TokenForm("ATATT3", 100, [.line, .dash, .base64]),
            TokenForm("npm_", 36), TokenForm("pypi-", 50, url), TokenForm("dckr_pat_", 20, url),
            TokenForm("rubygems_", 48),
            // services
            TokenForm("xoxb-", 10, .dash), TokenForm("xoxp-", 10, .dash), TokenForm("xoxa-", 10, .dash),
            TokenForm("xoxr-", 10, .dash), TokenForm("xoxs-", 10, .dash), TokenForm("xapp-", 10, .dash),
            TokenForm("sk_live_", 16), TokenForm("rk_live_", 16), TokenForm("sk_test_", 16), TokenForm("whsec_", 24),
            TokenForm("sk-", 20, url), TokenForm("hf_", 30), TokenForm("SG.", 40, [.line, .dash, .dot]),
            TokenForm("shpat_", 32), TokenForm("lin_api_", 32), TokenForm("ntn_", 40), TokenForm("sq0csp-", 40, url),
            // age's private keys
            TokenForm("AGE-SECRET-KEY-1", 58), TokenForm("AGE-PLUGIN-", 40, .dash),
        ]
        var forms = [[TokenForm]](repeating: [], count: 256)
        for form in all { forms[Int(form.prefix[0])].append(form) }
        return forms
    }()

    /// The token that begins here, and what it is.
    static func range(at start: Int, in text: UnsafeBufferPointer<UInt8>) -> (Range<Int>, SecretShape)? {
        for form in forms[Int(text[start])] where text.has(form.prefix, at: start) {
            guard let range = form.range(at: start, in: text) else { continue }
            return (range, form.prefix.starts(with: "AGE-".utf8) ? .privateKey : .token)
        }
        guard text.has(webToken, at: start) else { return nil }
        return webToken(at: start, in: text).map { ($0, .webToken) }
    }

    private func range(at start: Int, in text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        var from = start + prefix.count
        if isName {
            let limit = min(text.count, from + 8)
            while from < limit, " \t\"':=>".utf8.contains(text[from]) { from += 1 }
            guard from > start + prefix.count else { return nil }
        }
        let end = Self.end(of: alphabet, from: from, in: text)
        guard end - from >= least else { return nil }
        return (isName ? from : start)..<end
    }

    private static func end(of alphabet: Alphabet, from start: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        let limit = min(text.count, start + maximumCount)
        var end = min(start, limit)
        while end < limit, alphabet.contains(byte: text[end]) { end += 1 }
        return end
    }

    /// The begin of a header in base64url: `{"`.
    private static let webToken = Array("eyJ".utf8)

    /// Three parts in base64url; the last is the signature.
    private static func webToken(at start: Int, in text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        var end = start
        for part in 0..<3 {
            if part > 0 {
                guard end < text.count, text[end] == UInt8(ascii: ".") else { return nil }
                end += 1
            }
            let next = Self.end(of: [.line, .dash], from: end, in: text)
            guard next - end >= (part == 2 ? 16 : 8) else { return nil }
            end = next
        }
        return start..<end
    }
}
