import Client
import Lake
import Sealing
import Synchronization

/// Whether a bucket keeps what a lake promises: an object that is there is never replaced, and one that is deleted is
/// gone (Lakes, "What a store must do"). Asked once, before the first write.
final class BucketCheck: Sendable {
    /// An object that every lake in a bucket has. Where a store answers alike for a missing object and for one that may
    /// not be read, this one, which is there, tells them apart.
    static let control = Hash256(of: Array("coffer lake control".utf8))
    private static let content = Array("This object shows that others can be read.\n".utf8)
    /// So many writers try at once; a store that looks first and writes later takes more than one of them.
    private static let writers = 8

    private let client: S3Client
    private let isPassed = Mutex(false)
    private let keeps = Mutex<Bool?>(nil)

    init(_ client: S3Client) { self.client = client }

    func run() async throws(CofferError) {
        guard !isPassed.withLock(\.self) else { return }
        try await refuseVersions()
        try await refuseReplacing()
        try await refuseRaces()
        isPassed.withLock { $0 = true }
    }

    func hasControl() async throws(CofferError) -> Bool {
        let reply = try await client.send(S3Request("GET", Self.control.hex))
        return reply.answer.status == 200
    }

    /// True for an answer to a write. Throws `lake.versions` if it shows that the bucket keeps versions.
    @discardableResult
    func accept(_ answer: HTTPAnswer) throws(CofferError) -> Bool {
        let version = answer.header("x-amz-version-id")
        guard version ?? "null" == "null", answer.header("x-amz-delete-marker") != "true" else { throw versions }
        return true
    }

    /// Whether an object that is put together from parts replaces none, either.
    func keepsWhatIsCompleted() async throws(CofferError) -> Bool {
        if let known = keeps.withLock(\.self) { return known }
        let upload = PartedUpload(client, Self.control.hex, Self.content)
        let answer = try await upload.put(onlyIfAbsent: true).answer
        let isKept = answer.status == 412
        keeps.withLock { $0 = isKept }
        return isKept
    }

    private func refuseVersions() async throws(CofferError) {
        var request = S3Request("GET")
        request.query = [("versioning", "")]
        let answer = try await client.send(request).answer
        // Few may ask. Then each answer to a write tells.
        if answer.status == 200, XMLText(answer.body).first("Status") != nil { throw versions }
    }

    private func refuseReplacing() async throws(CofferError) {
        var request = S3Request("PUT", Self.control.hex).ifAbsent
        request.body = Self.content
        for _ in 0..<2 {
            let reply = try await client.send(request)
            switch reply.answer.status {
            case 200...204: try accept(reply.answer)
            case 412: return
            default: throw reply.fault.error(about: client.address)
            }
        }
        throw replaces
    }

    private func refuseRaces() async throws(CofferError) {
        let name = Hash256(of: Random.bytes(32)).hex
        let taken = await withTaskGroup(of: Bool.self) { [client] group in
            for number in 0..<Self.writers {
                group.addTask {
                    var request = S3Request("PUT", name).ifAbsent
                    request.body = [UInt8(clamping: number)]
                    let answer = try? await client.once(request)
                    return answer.map { (200...204).contains($0.status) } ?? false
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        _ = try await client.send(S3Request("DELETE", name))
        guard taken <= 1 else { throw replaces }
    }

    private var replaces: CofferError {
        CofferError(
            .configuration, "The store replaces an object that it was asked to keep.", rule: "lake.replaces",
            hint: "Use a store that keeps to If-None-Match, also when several write at once; see the page Lakes.")
    }

    private var versions: CofferError {
        CofferError(
            .configuration, "The bucket \(client.address.bucket) keeps versions, so that nothing in it is deleted.",
            rule: "lake.versions", hint: "Use a bucket without versions and without object lock.")
    }
}
