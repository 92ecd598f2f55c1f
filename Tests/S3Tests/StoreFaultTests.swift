import Foundation
import Lake
import S3
import Sealing
import Synchronization
import Testing

/// What a store, or somebody in its place, may answer.
@Suite("Faults of a store", .timeLimit(.minutes(5)))
struct StoreFaultTests {
    private let name = Hash256(of: Random.bytes(32))

    // MARK: Passing faults

    @Test(
        "A store that is busy is asked again, and every operation succeeds then",
        arguments: [(503, "SlowDown"), (500, "InternalError"), (429, "TooManyRequests"), (400, "RequestTimeout")])
    func busy(_ status: Int, _ code: String) async throws {
        let store = try SmallStore()
        let lake = try store.lake()
        func once() { store.fail { _ in .error(status, code) } }
        once()
        #expect(try await lake.put(name, [1, 2], onlyIfAbsent: true))
        once()
        #expect(try await lake.get(name) == [1, 2])
        once()
        #expect(try await lake.size(of: name) == 2)
        once()
        #expect(try await !lake.put(name, [1], onlyIfAbsent: true))
        once()
        try await lake.delete(name)
        #expect(try await lake.get(name) == nil)
    }

    @Test("A store that stays busy is 75, and is asked less often then")
    func staysBusy() async throws {
        let store = try SmallStore()
        let lake = try store.lake()
        store.fail(1_000) { _ in .error(503, "SlowDown") }
        var asked: [Int] = []
        for _ in 0..<12 {
            let before = store.requests.count
            await #expect(throws: CofferError(.tryLater, "", rule: "lake.store")) { try await lake.get(name) }
            asked.append(store.requests.count - before)
        }
        #expect(asked.first == 5 && asked.last == 1)
        #expect(asked.reduce(0, +) == 12 + 20)
    }

    @Test("An answer that is cut is asked for again; one that is always cut is 75")
    func cut() async throws {
        let store = try SmallStore()
        store.place(name, Bytes(repeating: 1, count: 100))
        let lake = try store.lake()
        let cut: @Sendable (StoreRequest) -> StoreReply? = { _ in
            .raw(Array("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".utf8))
        }
        store.fail(2, cut)
        #expect(try await lake.get(name) == Bytes(repeating: 1, count: 100))
        store.fail(1_000, cut)
        await #expect(throws: CofferError(.tryLater, "")) { try await lake.get(name) }
    }

    @Test("A store that does not answer is asked again; one that never answers is 75")
    func silent() async throws {
        let store = try SmallStore()
        store.place(name, [1])
        let lake = try store.lake(timeout: 1)
        store.fail { _ in .silence }
        #expect(try await lake.get(name) == [1])
        store.fail(1_000) { _ in .silence }
        await #expect(throws: CofferError(.tryLater, "")) { try await lake.get(name) }
    }

    // MARK: Lost answers

    @Test("A write whose answer is lost is known by its bytes", arguments: [2, 9 << 20])
    func lost(_ count: Int) async throws {
        let store = try SmallStore()
        let lake = try store.lake()
        try await lake.put(Hash256(of: [1]), [1], onlyIfAbsent: true)
        let bytes = Bytes(repeating: 5, count: count)
        store.lose(count > 2 ? "POST" : "PUT") { [name] request in
            request.path == SmallStore.path(name) && (count == 2 || request.has("uploadId"))
        }
        #expect(try await lake.put(name, bytes, onlyIfAbsent: true))
        #expect(try await lake.get(name) == bytes)
        // Another writer's object is not taken for one's own.
        store.fail { _ in .error(503, "SlowDown") }
        #expect(try await !lake.put(name, Bytes(repeating: 6, count: count), onlyIfAbsent: true))
        #expect(try await lake.get(name) == bytes)
    }

    @Test("A conflict with another writer is tried again", arguments: [2, 9 << 20])
    func conflict(_ count: Int) async throws {
        let store = try SmallStore()
        let lake = try store.lake()
        try await lake.put(Hash256(of: [1]), Bytes(repeating: 1, count: count), onlyIfAbsent: true)
        store.fail(2) { request in
            request.headers["if-none-match"] == "*" ? .error(409, "ConditionalRequestConflict") : nil
        }
        #expect(try await lake.put(name, Bytes(repeating: 5, count: count), onlyIfAbsent: true))
        #expect(try await lake.size(of: name) == count)
    }

    @Test("An upload that fails leaves no object and no parts")
    func failedUpload() async throws {
        let store = try SmallStore()
        let lake = try store.lake()
        for fault: StoreReply in [
            .error(403, "AccessDenied"), .text(200, "<Error><Code>InternalError</Code></Error>"), .text(200, ""),
        ] {
            store.fail { $0.method == "POST" && $0.has("uploadId") && $0.path == SmallStore.path(name) ? fault : nil }
            await #expect(throws: CofferError.self) {
                try await lake.put(name, Bytes(repeating: 5, count: 9 << 20), onlyIfAbsent: true)
            }
            #expect(store.objects[SmallStore.path(name)] == nil)
            #expect(store.requests.last?.method == "DELETE" && store.requests.last?.has("uploadId") == true)
        }
    }

    // MARK: Stores that cannot be a lake

    @Test("A store that ignores If-None-Match is refused before it replaces anything")
    func ignores() async throws {
        let store = try SmallStore { $0.keepsToConditions = false }
        store.place(name, [1])
        await #expect(throws: CofferError(.configuration, "", rule: "lake.replaces")) {
            try await store.lake().put(name, [2], onlyIfAbsent: true)
        }
        #expect(try await store.lake().get(name) == [1])
    }

    @Test("A store that takes several of eight racing writers is refused")
    func takesSeveral() async throws {
        let store = try SmallStore { $0.races = true }
        await #expect(throws: CofferError(.configuration, "", rule: "lake.replaces")) {
            try await store.lake().put(name, [2], onlyIfAbsent: true)
        }
        #expect(store.count == 0)
    }

    @Test("A store that ignores the condition when it puts parts together gets large objects in one piece")
    func ignoresAtCompletion() async throws {
        let store = try SmallStore { $0.keepsToConditionsOfUploads = false }
        let lake = try store.lake()
        let bytes = Bytes(repeating: 1, count: 9 << 20)
        #expect(try await lake.put(name, bytes, onlyIfAbsent: true))
        #expect(try await !lake.put(name, Bytes(repeating: 2, count: 9 << 20), onlyIfAbsent: true))
        #expect(try await lake.get(name) == bytes)
        #expect(!store.requests.contains { $0.path == SmallStore.path(name) && $0.method == "POST" })
    }

    @Test("A bucket that keeps versions is refused", arguments: ["Enabled", "Suspended"])
    func versions(_ status: String) async throws {
        let store = try SmallStore { $0.versioning = status }
        await #expect(throws: CofferError(.configuration, "", rule: "lake.versions")) {
            try await store.lake().put(name, [2], onlyIfAbsent: true)
        }
        #expect(store.objects.isEmpty)
    }

    @Test("Who may not ask for versions sees them in the answers to a write and to a deletion")
    func hiddenVersions() async throws {
        let store = try SmallStore { $0.version = "3HL4kqtJlcpXroDTDmJ" }
        await #expect(throws: CofferError(.configuration, "", rule: "lake.versions")) {
            try await store.lake().put(name, [2], onlyIfAbsent: true)
        }
        store.change {
            $0.version = "null"
            $0.deletes = false
        }
        await #expect(throws: CofferError(.configuration, "", rule: "lake.versions")) {
            try await store.lake().delete(name)
        }
    }

    // MARK: Absence

    @Test("Where a missing object is answered as forbidden, an object that is there tells the difference")
    func forbidden() async throws {
        let store = try SmallStore { $0.tellsAbsence = false }
        let lake = try store.lake()
        await #expect(throws: CofferError(.configuration, "", rule: "lake.denied")) { try await lake.get(name) }
        #expect(try await lake.put(Hash256(of: [1]), [1], onlyIfAbsent: true))
        #expect(try await lake.get(name) == nil)
        #expect(try await !lake.exists(name))
        store.place(SmallStore.control, nil)
        await #expect(throws: CofferError(.configuration, "", rule: "lake.denied")) { try await lake.exists(name) }
    }

    @Test(
        "Only the store's own word is an absence",
        arguments: [
            "", "<html>404 not found</html>", "<Error><Code>NoSuchKey", "<Error><Code>NoSuchUpload</Code></Error>",
            "<Error><Code>NoSuch&#75;y;</Code></Error>",
        ])
    func pages(_ text: String) async throws {
        let store = try SmallStore()
        store.fail(1_000) { _ in .text(404, text) }
        await #expect(throws: CofferError(.tryLater, "", rule: "lake.store")) { try await store.lake().get(name) }
        await #expect(throws: CofferError(.tryLater, "", rule: "lake.store")) { try await store.lake().delete(name) }
    }

    // MARK: Answers of somebody else

    @Test("A redirection is not followed, and no key goes there", arguments: [301, 302, 303, 307, 308])
    func redirects(_ status: Int) async throws {
        let store = try SmallStore()
        let other = try SmallStore()
        other.place(name, [1])
        let location = "http://127.0.0.1:\(other.port)\(SmallStore.path(name))"
        store.fail(1_000) { _ in .answer(status, ["location": location]) }
        for write in [false, true] {
            await #expect(throws: CofferError(.configuration, "", rule: "lake.moved")) {
                if write {
                    try await store.lake().put(name, [1], onlyIfAbsent: true)
                } else {
                    _ = try await store.lake().get(name)
                }
            }
        }
        #expect(other.requests.isEmpty)
    }

    @Test(
        "An answer that cannot be used is 75, whatever it claims",
        arguments: [
            "HTTP/1.1 200 OK\r\ncontent-length: 1099511627776\r\n\r\nx",
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999999\r\n\r\nx",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nx",
            "HTTP/1.1 206 Part\r\ncontent-length: 1\r\n\r\nx",
            "HTTP/1.1 206 Part\r\ncontent-range: bytes 1-1/2\r\ncontent-length: 1\r\n\r\nx",
            "HTTP/1.1 206 Part\r\ncontent-range: bytes 0-1/2\r\ncontent-length: 1\r\n\r\nx",
            "HTTP/1.1 206 Part\r\ncontent-range: bytes 0-0/0\r\ncontent-length: 1\r\n\r\nx",
            "HTTP/1.1 206 Part\r\ncontent-range: bytes 0-18446744073709551615/18446744073709551616\r\n"
                + "content-length: 1\r\n\r\nx",
            "HTTP/1.1 206 Part\r\ncontent-range: bytes 0-18446744073709551614/18446744073709551615\r\n"
                + "content-length: 1\r\n\r\nx",
            "HTTP/1.1 206 Part\r\ncontent-range: bytes -0-0/1\r\ncontent-length: 1\r\n\r\nx",
            "HTTP/1.1 599 No\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 100 Go on\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "",
        ])
    func hostile(_ answer: String) async throws {
        let store = try SmallStore()
        store.fail(1_000) { _ in .raw(Array(answer.utf8)) }
        let lake = try store.lake(timeout: 2)
        let operations: [() async throws -> Void] = [
            { _ = try await lake.get(name) }, { _ = try await lake.get(name, range: 0..<2) },
            { _ = try await lake.size(of: name) },
        ]
        for operation in operations {
            let error = await #expect(throws: CofferError.self) { try await operation() }
            #expect(error?.code == .tryLater)
        }
    }

    @Test("An object that never ends is 75, and no more of it is read than an object may have")
    func endless() async throws {
        let store = try SmallStore()
        store.place(name, Bytes(repeating: 0, count: maximumLakeObject + 5))
        let error = await #expect(throws: CofferError.self) { try await store.lake().get(name) }
        #expect(error?.rule == "lake.object" && error?.code == .tryLater)
        store.change { $0.knowsRanges = false }
        let unranged = await #expect(throws: CofferError.self) { try await store.lake().get(name) }
        #expect(unranged?.code == .tryLater)
    }

    @Test(
        "A list that cannot be read is 75",
        arguments: [
            "", "<IsTruncated>true</IsTruncated>", "<IsTruncated>maybe</IsTruncated>",
            "<IsTruncated>true</IsTruncated><NextContinuationToken></NextContinuationToken>",
            "<IsTruncated>true</IsTruncated><NextContinuationToken>a</NextContinuationToken>",
            "<IsTruncated>true</IsTruncated><NextContinuationToken>a</NextContinuationToken>KEY",
        ])
    func lists(_ text: String) async throws {
        let store = try SmallStore()
        let key = "<Key>of/acme/\(name.hex)</Key>"
        store.fail(1_000) { _ in .text(200, text.replacing("KEY", with: key)) }
        let error = await #expect(throws: CofferError.self) { try await store.lake().names() }
        #expect(error?.code == .tryLater)
    }

    @Test(
        "An upload without a name, and a part without a tag, are 75",
        arguments: ["<UploadId></UploadId>", "<UploadId>x", "<UploadId><b/></UploadId>", ""])
    func uploads(_ text: String) async throws {
        let store = try SmallStore()
        store.fail(1_000) { request in
            guard request.path == SmallStore.path(name) else { return nil }
            if request.has("partNumber") { return .answer(200) }
            return request.has("uploads") ? .text(200, text.isEmpty ? "<UploadId>u</UploadId>" : text) : nil
        }
        let error = await #expect(throws: CofferError.self) {
            try await store.lake().put(name, Bytes(repeating: 1, count: 9 << 20), onlyIfAbsent: true)
        }
        #expect(error?.code == .tryLater)
    }

    @Test(
        "What a store refuses says what to change",
        arguments: [
            (403, "InvalidAccessKeyId", "lake.credentials"), (403, "SignatureDoesNotMatch", "lake.credentials"),
            (400, "ExpiredToken", "lake.credentials"), (403, "RequestTimeTooSkewed", "lake.clock"),
            (404, "NoSuchBucket", "lake.bucket"), (400, "AuthorizationHeaderMalformed", "lake.moved"),
            (403, "AccessDenied", "lake.denied"), (401, "", "lake.denied"), (501, "NotImplemented", "lake.store"),
        ])
    func refusals(_ status: Int, _ code: String, _ rule: String) async throws {
        let store = try SmallStore()
        store.fail(1_000) { _ in .error(status, code) }
        for write in [false, true] {
            let error = await #expect(throws: CofferError(.configuration, "", rule: rule)) {
                if write {
                    try await store.lake().put(name, [1], onlyIfAbsent: true)
                } else {
                    _ = try await store.lake().get(name)
                }
            }
            // Neither the store's words nor the keys.
            let said = "\(error.map(String.init(describing:)) ?? "") \(error?.hint ?? "")"
            #expect(!said.contains("secret words") && !said.contains(SmallStore.secret) && !said.contains("AKTEST"))
        }
    }

    // MARK: Keys

    @Test("The secret stands in no request, and the key in one field alone")
    func secrets() async throws {
        let store = try SmallStore()
        let lake = try store.lake(keys: [
            "AWS_ACCESS_KEY_ID": "AKTEST", "AWS_SECRET_ACCESS_KEY": SmallStore.secret, "AWS_SESSION_TOKEN": "token",
        ])
        try await lake.put(name, [1], onlyIfAbsent: true)
        _ = try await lake.names()
        #expect(store.requests.count > 5)
        for request in store.requests {
            let texts = request.headers.filter { $0.key != "authorization" }.map(\.value) + [request.path]
            #expect(request.headers["x-amz-security-token"] == "token")
            #expect(request.headers["authorization"]?.contains("x-amz-security-token") == true)
            #expect(!"\(request)".contains(SmallStore.secret) && !texts.contains { $0.contains("AKTEST") })
            #expect(!request.query.contains { $0.key.lowercased().hasPrefix("x-amz") })
        }
    }

    @Test("Without keys what everyone may read is read, and nothing else")
    func everyone() async throws {
        let store = try SmallStore { $0.readers = [""] }
        store.place(name, [1])
        let lake = try store.lake(keys: [:])
        #expect(try await lake.get(name) == [1])
        #expect(try await lake.names() == [name])
        #expect(store.requests.allSatisfy { $0.headers["authorization"] == nil })
        await #expect(throws: CofferError(.configuration, "", rule: "lake.denied")) {
            try await lake.put(name, [2], onlyIfAbsent: false)
        }
        store.change { $0.readers = [] }
        await #expect(throws: CofferError(.configuration, "", rule: "lake.denied")) { try await lake.get(name) }
    }
}
