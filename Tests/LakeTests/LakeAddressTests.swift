import Lake
import Sealing
import Testing

@Suite("Where a lake is")
struct LakeAddressTests {
    private func bucket(_ text: String) throws -> BucketAddress {
        guard case .bucket(let bucket) = try LakeAddress(parsing: text) else {
            throw CofferError(.no, "It is a folder.")
        }
        return bucket
    }

    @Test("A folder is named by its path or by a file:// URL")
    func folders() throws {
        for (text, path) in [
            ("/srv/lake", "/srv/lake"), ("lake", "lake"), ("/a?b", "/a?b"), ("file:///srv/lake", "/srv/lake"),
            ("file:///srv/a%20b", "/srv/a b"), ("file:///%C3%A9", "/é"), ("file:///", "/"),
        ] { #expect(try LakeAddress(parsing: text) == .folder(path)) }
    }

    @Test("A bucket of AWS has a host of its own, unless its name has dots")
    func amazon() throws {
        let bucket = try bucket("s3://acme-lake")
        #expect(bucket.bucket == "acme-lake" && bucket.prefix.isEmpty && bucket.region == "us-east-1")
        #expect(bucket.isSecure && bucket.host == "acme-lake.s3.us-east-1.amazonaws.com")
        #expect(bucket.path(of: "name") == "/name" && bucket.path(of: nil) == "/")
        let dotted = try self.bucket("s3://acme.lake/of/2026/?region=eu-west-1")
        #expect(dotted.host == "s3.eu-west-1.amazonaws.com")
        #expect(dotted.path(of: "name") == "/acme.lake/of/2026/name" && dotted.path(of: nil) == "/acme.lake")
        #expect(try self.bucket("s3://acme-lake?style=path").path(of: "name") == "/acme-lake/name")
    }

    @Test("Another store has its bucket in the path, unless the URL says otherwise")
    func endpoints() throws {
        let bucket = try bucket("s3://lake/p?endpoint=http://127.0.0.1:8333/&region=garage")
        #expect(!bucket.isSecure && bucket.host == "127.0.0.1:8333" && bucket.region == "garage")
        #expect(bucket.path(of: "name") == "/lake/p/name")
        let encoded = try self.bucket("s3://lake?endpoint=https%3A%2F%2Fstore.example&style=host")
        #expect(encoded.isSecure && encoded.host == "lake.store.example" && encoded.path(of: "name") == "/name")
        #expect(try self.bucket("s3://lake?endpoint=http://[::1]:9000").host == "[::1]:9000")
    }

    @Test(
        "What is no address of a lake is refused, with the reason",
        arguments: [
            "", "https://lake.example", "S3://lake", "s3a://lake", "://x", "file://relative", "file://host/x",
            "file:///a%2", "file:///a%00b", "file:///%FF", "file:///a%+1", "a\0b",
            "s3://", "s3:///prefix", "s3://ab", "s3://Lake", "s3://-lake", "s3://lake-", "s3://a..b", "s3://la_ke",
            "s3://key:secret@lake", "s3://lake:80", "s3://lake/../x", "s3://lake/a//b", "s3://lake/a b",
            "s3://lake/%41", "s3://lake/é", "s3://lake#x", "s3://lake?", "s3://lake?region", "s3://lake?region=",
            "s3://lake?region=a/b",
            "s3://lake?style=virtual", "s3://lake?key=x", "s3://lake?style=path&style=host",
            "s3://lake?endpoint=store.example", "s3://lake?endpoint=ftp://store.example",
            "s3://lake?endpoint=https://", "s3://lake?endpoint=https://a/b", "s3://lake?endpoint=https://u@a",
            "s3://lake?endpoint=https://a:0", "s3://lake?endpoint=https://a:65536", "s3://lake?endpoint=https://a:",
            "s3://lake?endpoint=https://a:+80", "s3://lake?endpoint=https://a%0d%0ab", "s3://lake?endpoint=http://[::1",
            "s3://lake?endpoint=http://[::1]x", "s3://lake?endpoint=http://[::1]&style=host",
            "s3://lake?endpoint=http://:80",
        ])
    func refusals(_ text: String) throws {
        #expect(throws: CofferError(.usage, "", rule: "lake.address")) { try LakeAddress(parsing: text) }
    }
}
