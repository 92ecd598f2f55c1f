import Sealing

/// A part of a bucket in a store that speaks S3: `s3://BUCKET/PREFIX?endpoint=URL&region=NAME&style=path`.
///
/// Every part has few characters, so that its text is the same in a URL, in a `Host` field and in what is signed.
package struct BucketAddress: Hashable, Sendable {
    package let bucket: String
    /// What stands before the name of every object, with a slash at its end; may be empty.
    package let prefix: String
    package let region: String
    package let isSecure: Bool
    /// Host and port as the `Host` field has them.
    package let host: String
    /// What stands before the bucket's keys in a path: `/bucket`, or nothing where the host names the bucket.
    package let root: String

    /// The URL without its scheme.
    init(afterScheme text: String) throws(CofferError) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let place = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        bucket = String(place[0])
        guard Self.isBucket(bucket) else {
            throw LakeAddress.wrong(
                "A bucket's name has 3 to 63 small letters, digits, hyphens and dots between letters or digits.")
        }
        prefix = try Self.prefix(place.count > 1 ? place[1] : "")
        var given = try Self.parameters(parts.count > 1 ? parts[1] : nil)
        region = given.removeValue(forKey: "region") ?? "us-east-1"
        guard Self.has(region, only: Self.isNameByte), (1...63).contains(region.utf8.count) else {
            throw LakeAddress.wrong("A region's name has small letters, digits and hyphens.")
        }
        let endpoint = given.removeValue(forKey: "endpoint")
        let (isSecure, host) = try Self.endpoint(endpoint ?? "https://s3.\(region).amazonaws.com")
        // A certificate for all buckets of a host covers no name with a dot.
        let style = given.removeValue(forKey: "style") ?? (endpoint == nil && !bucket.contains(".") ? "host" : "path")
        guard given.isEmpty, style == "host" && !host.hasPrefix("[") || style == "path" else {
            throw LakeAddress.wrong("It takes endpoint, region and style, each once; style is path or host.")
        }
        self.isSecure = isSecure
        self.host = style == "host" ? "\(bucket).\(host)" : host
        self.root = style == "host" ? "" : "/\(bucket)"
    }

    /// The path of an object, or of the bucket itself.
    package func path(of key: String?) -> String { key.map { "\(root)/\(prefix)\($0)" } ?? (root.isEmpty ? "/" : root) }

    private static func isBucket(_ name: String) -> Bool {
        func isEnd(_ byte: UInt8?) -> Bool { byte.map { isNameByte($0) && $0 != UInt8(ascii: "-") } ?? false }
        return (3...63).contains(name.utf8.count) && has(name) { isNameByte($0) || $0 == UInt8(ascii: ".") }
            && isEnd(name.utf8.first) && isEnd(name.utf8.last) && !name.contains("..")
    }

    private static func prefix(_ text: Substring) throws(CofferError) -> String {
        let text = text.hasSuffix("/") ? text.dropLast() : text
        guard !text.isEmpty else { return "" }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard text.utf8.count <= 512, parts.allSatisfy({ !["", ".", ".."].contains($0) && has($0, only: isKeyByte) })
        else { throw LakeAddress.wrong("A prefix has letters, digits, hyphens, dots and underscores between slashes.") }
        return "\(text)/"
    }

    private static func parameters(_ text: Substring?) throws(CofferError) -> [String: String] {
        var given: [String: String] = [:]
        for pair in text?.split(separator: "&", omittingEmptySubsequences: false) ?? [] {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let value = PercentEncoding.decoded(parts[1]),
                given.updateValue(value, forKey: String(parts[0])) == nil
            else { throw LakeAddress.wrong("What follows ? are names and values, each name once.") }
        }
        return given
    }

    private static func endpoint(_ text: String) throws(CofferError) -> (isSecure: Bool, host: String) {
        for (scheme, isSecure) in [("https://", true), ("http://", false)] where text.hasPrefix(scheme) {
            var host = text.dropFirst(scheme.count)
            if host.hasSuffix("/") { host = host.dropLast() }
            if isHost(host) { return (isSecure, String(host)) }
        }
        throw LakeAddress.wrong("An endpoint is http:// or https://, a host, and a port if need be.")
    }

    private static func isHost(_ text: Substring) -> Bool {
        let name: Substring
        let port: Substring?
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            name = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return false }
            port = rest.isEmpty ? nil : rest.dropFirst()
            guard has(name, only: { isHexDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }) else {
                return false
            }
        } else {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            name = parts[0]
            port = parts.count > 1 ? parts[1] : nil
            guard has(name, only: { isKeyByte($0) && $0 != UInt8(ascii: "_") }), !name.hasPrefix(".") else {
                return false
            }
        }
        guard !name.isEmpty, name.utf8.count <= 253 else { return false }
        return port.map { !$0.hasPrefix("+") && UInt16($0) ?? 0 > 0 } ?? true
    }

    private static func has(_ text: some StringProtocol, only isAllowed: (UInt8) -> Bool) -> Bool {
        text.utf8.allSatisfy(isAllowed)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        isNameByte(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_")
    }
}
