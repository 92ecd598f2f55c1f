import Client
import Foundation
import Lake
import S3
import Sealing
import Synchronization

/// A store with one bucket, as far as Coffer uses one. It takes signed requests only, and misbehaves as it is told.
final class SmallStore: Sendable {
    /// How it differs from an honest store.
    struct Ways: Sendable {
        var keepsToConditions = true
        var keepsToConditionsOfUploads = true
        /// Lets writers of a name that it does not have yet all believe that they were first.
        var races = false
        var tellsAbsence = true
        var knowsRanges = true
        var versioning: String?
        var version: String?
        var deletes = true
        var readers: Set<String> = ["AKTEST"]
    }

    fileprivate struct State {
        var ways = Ways()
        var objects: [String: Bytes] = [:]
        var uploads: [String: [Int: Bytes]] = [:]
        var requests: [StoreRequest] = []
        var faults: [(count: Int, fault: @Sendable (StoreRequest) -> StoreReply?)] = []
    }

    /// What it has, which its server's threads share.
    fileprivate final class Contents: Sendable {
        let state = Mutex(State())
    }

    private let contents = Contents()
    private let server: StoreServer

    static let secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"

    init(_ change: (inout Ways) -> Void = { _ in }) throws {
        contents.state.withLock { change(&$0.ways) }
        server = try StoreServer { [contents] request in contents.reply(to: request) }
    }

    // MARK: For tests

    var port: UInt16 { server.port }
    var address: String { "s3://lake/of/acme?endpoint=http://127.0.0.1:\(port)&region=test" }
    var requests: [StoreRequest] { contents.state.withLock(\.requests) }
    var objects: [String: Bytes] { contents.state.withLock(\.objects) }
    /// The objects that no check has put there.
    var count: Int { objects.count - (objects[Self.path(Self.control)] == nil ? 0 : 1) }

    static let control = Hash256(of: Array("coffer lake control".utf8))
    static func path(_ name: Hash256) -> String { "/lake/of/acme/\(name.hex)" }

    func change(_ change: (inout Ways) -> Void) { contents.state.withLock { change(&$0.ways) } }
    func place(_ name: Hash256, _ bytes: Bytes?) { contents.state.withLock { $0.objects[Self.path(name)] = bytes } }

    /// So many requests that the closure answers are answered so.
    func fail(_ count: Int = 1, _ fault: @escaping @Sendable (StoreRequest) -> StoreReply?) {
        contents.state.withLock { $0.faults.append((count, fault)) }
    }

    /// One request is carried out, and its answer lost.
    func lose(_ method: String, where isMeant: @escaping @Sendable (StoreRequest) -> Bool) {
        fail { [contents] request in
            guard request.method == method, isMeant(request) else { return nil }
            _ = contents.state.withLock { Contents.carryOut(request, &$0) }
            return .raw([])
        }
    }

    /// Without `keys`, with those that the store knows.
    func lake(timeout: Int64 = 30, keys: [String: String]? = nil) throws -> S3Lake {
        guard case .bucket(let bucket) = try LakeAddress(parsing: address) else { throw CocoaError(.coderInvalidValue) }
        let now: @Sendable () -> Milliseconds = { Milliseconds(clamping: Date().timeIntervalSince1970 * 1_000) }
        let chain = CredentialChain(
            [EnvironmentCredentials(keys ?? ["AWS_ACCESS_KEY_ID": "AKTEST", "AWS_SECRET_ACCESS_KEY": Self.secret])],
            now: now)
        return S3Lake(
            bucket, credentials: keys?.isEmpty == true ? nil : chain,
            transport: HTTPConnection(timeout: timeout, authorities: CertificateAuthorities(file: nil)),
            budget: RetryBudget { _ in }, now: now)
    }
}

extension SmallStore.Contents {
    fileprivate func reply(to request: StoreRequest) -> StoreReply {
        let faults = state.withLock { state in
            state.requests.append(request)
            return state.faults
        }
        for (place, fault) in faults.enumerated() {
            guard let reply = fault.fault(request) else { continue }
            state.withLock { state in
                state.faults[place].count -= 1
                if state.faults[place].count == 0 { state.faults.remove(at: place) }
            }
            return reply
        }
        if let refusal = refusal(request) { return refusal }
        return state.withLock { Self.carryOut(request, &$0) }
    }

    /// Every request is signed over its body by a known key.
    private func refusal(_ request: StoreRequest) -> StoreReply? {
        guard let authorization = request.headers["authorization"] else {
            let isPublic = state.withLock(\.ways.readers).contains("") && request.method == "GET"
            return isPublic ? nil : .error(403, "AccessDenied")
        }
        let names = authorization.components(separatedBy: "SignedHeaders=").last?.prefix { $0 != "," } ?? ""
        let headers = names.split(separator: ";").map { (name: String($0), value: request.headers[String($0)] ?? "") }
        let stamp = Array(request.headers["x-amz-date"] ?? "")
        guard stamp.count == 16,
            let time = try? Date(
                "\(String(stamp[..<4]))-\(String(stamp[4..<6]))-\(String(stamp[6..<11])):"
                    + "\(String(stamp[11..<13])):\(String(stamp[13...]))", strategy: .iso8601),
            let credentials = try? Credentials(name: "AKTEST", secret: SmallStore.secret),
            request.headers["x-amz-content-sha256"] == Hash256(of: request.body).hex,
            headers.contains(where: { $0.name == "x-amz-content-sha256" }),
            headers.contains(where: { $0.name == "host" })
        else { return .error(403, "SignatureDoesNotMatch") }
        let signed = SignatureV4(region: "test", service: "s3").sign(
            request.method, path: request.path, query: request.query.map { (name: $0, value: $1) }, headers: headers,
            body: request.body, at: Milliseconds(clamping: time.timeIntervalSince1970 * 1_000), with: credentials)
        return signed.authorization == authorization ? nil : .error(403, "SignatureDoesNotMatch")
    }

    fileprivate static func carryOut(_ request: StoreRequest, _ state: inout SmallStore.State) -> StoreReply {
        let version = state.ways.version.map { ["x-amz-version-id": $0] } ?? [:]
        let isRefused =
            request.headers["if-none-match"] == "*" && state.objects[request.path] != nil
            && (request.method == "PUT" ? state.ways.keepsToConditions : state.ways.keepsToConditionsOfUploads)
            && !(state.ways.races && request.path != SmallStore.path(SmallStore.control))
        switch request.method {
        case "GET" where request.has("versioning"):
            let status = state.ways.versioning.map { "<Status>\($0)</Status>" } ?? ""
            return .text(200, "<VersioningConfiguration>\(status)</VersioningConfiguration>")
        case "GET" where request.has("list-type"): return list(request, state)
        case "GET": return get(request, state)
        case "PUT" where request.has("partNumber"):
            guard let upload = request.query["uploadId"], let number = Int(request.query["partNumber"] ?? "") else {
                return .error(400, "InvalidArgument")
            }
            guard state.uploads[upload] != nil else { return .error(404, "NoSuchUpload") }
            state.uploads[upload]?[number] = request.body
            return .answer(200, ["ETag": "\"\(Hash256(of: request.body).prefix8)\""])
        case "PUT":
            guard !isRefused else { return .error(412, "PreconditionFailed") }
            state.objects[request.path] = request.body
            return .answer(200, version)
        case "POST" where request.has("uploads"):
            let id = "up&load\(state.uploads.count)"
            state.uploads[id] = [:]
            return .text(200, "<Result><UploadId>\(id.replacing("&", with: "&amp;"))</UploadId></Result>")
        case "POST":
            guard let upload = request.query["uploadId"], let parts = state.uploads[upload] else {
                return .error(404, "NoSuchUpload")
            }
            guard !isRefused else { return .error(412, "PreconditionFailed") }
            state.objects[request.path] = parts.sorted { $0.key < $1.key }.flatMap(\.value)
            state.uploads[upload] = nil
            return .answer(200, version, Array("<Result><ETag>&quot;x&quot;</ETag></Result>".utf8))
        case "DELETE" where request.has("uploadId"):
            state.uploads[request.query["uploadId"] ?? ""] = nil
            return .answer(204)
        case "DELETE":
            guard state.ways.deletes else { return .answer(204, ["x-amz-delete-marker": "true"]) }
            state.objects[request.path] = nil
            return .answer(204)
        default: return .error(405, "MethodNotAllowed")
        }
    }

    private static func get(_ request: StoreRequest, _ state: SmallStore.State) -> StoreReply {
        guard let bytes = state.objects[request.path] else {
            return state.ways.tellsAbsence ? .error(404, "NoSuchKey") : .error(403, "AccessDenied")
        }
        guard state.ways.knowsRanges, let range = request.headers["range"]?.dropFirst("bytes=".count) else {
            return .answer(200, [:], bytes)
        }
        let ends = range.split(separator: "-").compactMap { Int($0) }
        guard ends.count == 2, ends[0] < bytes.count else { return .error(416, "InvalidRange") }
        let last = min(ends[1], bytes.count - 1)
        return .answer(
            206, ["content-range": "bytes \(ends[0])-\(last)/\(bytes.count)"], Bytes(bytes[ends[0]...last]))
    }

    /// Two names an answer.
    private static func list(_ request: StoreRequest, _ state: SmallStore.State) -> StoreReply {
        let prefix = "/lake/\(request.query["prefix"] ?? "")"
        let after = request.query["continuation-token"] ?? ""
        let keys = state.objects.keys.filter { $0.hasPrefix(prefix) && $0 > after }.sorted()
        let page = keys.prefix(2)
        let contents = page.map { "<Contents><Key>\($0.dropFirst("/lake/".count))</Key></Contents>" }.joined()
        let next = keys.count > 2 ? "<NextContinuationToken>\(page.last ?? "")</NextContinuationToken>" : ""
        return .text(
            200, "<ListBucketResult><IsTruncated>\(keys.count > 2)</IsTruncated>\(next)\(contents)</ListBucketResult>")
    }
}
