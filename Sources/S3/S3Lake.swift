/// Module S3: a lake in a bucket of any store that speaks S3, and the choice among all lakes.
///
/// It imports Client, Files, Lake, Messages, Sealing and swift-crypto. `S3Lake` is the lake, over an `S3Client` that signs
/// with `SignatureV4` by the keys of a `CredentialChain`. `LakeOpener` opens the lake that a charter, `--lake` or
/// `COFFER_LAKE` names.
///
/// Promises: bodies are signed; keys go to the lake's own host and nowhere else, for redirections are not followed; what a
/// store says is shown to nobody. Nothing is written into a store that would replace what it should keep, or that keeps
/// what it should delete (`BucketCheck`).
package import Client
package import Lake
import Messages
package import Sealing

/// A lake in a bucket (Lakes, "In a bucket").
package struct S3Lake: ListedLake {
    let client: S3Client
    private let check: BucketCheck

    /// Larger objects go up in parts of this size.
    static let partCount = 8 << 20

    /// Without `credentials` only what everyone may read can be read.
    package init(
        _ address: BucketAddress, credentials: CredentialChain?, transport: any HTTPExchanging,
        budget: RetryBudget = RetryBudget(), now: @escaping @Sendable () -> Milliseconds
    ) {
        client = S3Client(
            address: address, credentials: credentials, transport: transport, budget: budget, now: now)
        check = BucketCheck(client)
    }

    // MARK: Reading

    package func get(_ name: Hash256) async throws(CofferError) -> Bytes? {
        guard let part = try await part(of: name, 0..<maximumLakeObject + 1) else { return nil }
        guard part.bytes.count <= maximumLakeObject else { throw .unusableObject("is larger than 16 MiB") }
        return part.bytes
    }

    package func get(_ name: Hash256, range: Range<Int>) async throws(CofferError) -> Bytes? {
        guard !range.isEmpty else { return try await exists(name) ? [] : nil }
        return try await part(of: name, range)?.bytes
    }

    package func exists(_ name: Hash256) async throws(CofferError) -> Bool { try await size(of: name) != nil }

    package func size(of name: Hash256) async throws(CofferError) -> Int? {
        try await part(of: name, 0..<1).map { Int(clamping: $0.total) }
    }

    /// A part of an object, and the size of the whole.
    private struct Part {
        let bytes: Bytes
        let total: SaturatingUInt64
    }

    private func part(of name: Hash256, _ range: Range<Int>) async throws(CofferError) -> Part? {
        var request = S3Request("GET", name.hex)
        request.headers = [("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")]
        let answer = try await client.send(request, atMost: maximumLakeObject + 1).answer
        switch answer.status {
        case 206:
            guard let told = ContentRange(answer.header("content-range")), told.first.rawValue == range.lowerBound,
                answer.body.count <= range.count,
                told.last - told.first + 1 == SaturatingUInt64(clamping: answer.body.count)
            else { throw .unusable("The lake's store gives another part of an object than was asked for.") }
            return Part(bytes: answer.body, total: told.total)
        case 200:
            // A store that knows no ranges gives the whole.
            let count = answer.body.count
            return Part(
                bytes: Bytes(answer.body[range.clamped(to: 0..<count)]), total: SaturatingUInt64(clamping: count))
        case 416: return Part(bytes: [], total: 0)
        default:
            let fault = S3Fault(answer)
            if fault.isAbsence { return nil }
            if fault.mayBeAbsence, try await check.hasControl() { return nil }
            throw fault.error(about: client.address)
        }
    }

    package func names() async throws(CofferError) -> [Hash256] {
        var names: [Hash256] = []
        var token: String?
        repeat {
            let page = try await BucketPage(client, after: token)
            // Names ascend, so that a store cannot lead in circles.
            let order = names.suffix(1) + page.names
            guard zip(order, order.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw .unusable("The lake's store lists objects out of order.")
            }
            names += page.names
            token = page.next
        } while token != nil
        return names.filter { $0 != BucketCheck.control }
    }

    // MARK: Writing

    @discardableResult
    package func put(_ name: Hash256, _ bytes: Bytes, onlyIfAbsent: Bool) async throws(CofferError) -> Bool {
        guard bytes.count <= maximumLakeObject else {
            throw CofferError(.bug, "The object is larger than the lake accepts.")
        }
        try await check.run()
        var request = S3Request("PUT", name.hex)
        request.body = bytes
        let reply: S3Client.Reply
        if bytes.count > Self.partCount, try await check.keepsWhatIsCompleted() {
            reply = try await PartedUpload(client, name.hex, bytes).put(onlyIfAbsent: onlyIfAbsent)
        } else {
            reply = try await client.send(onlyIfAbsent ? request.ifAbsent : request)
        }
        switch reply.answer.status {
        case 200...204: return try check.accept(reply.answer)
        case 412 where onlyIfAbsent && reply.isRepeated:
            // An earlier attempt may have written it, and its answer was lost.
            return try await get(name) == bytes
        case 412 where onlyIfAbsent: return false
        default: throw reply.fault.error(about: client.address)
        }
    }

    package func delete(_ name: Hash256) async throws(CofferError) {
        let reply = try await client.send(S3Request("DELETE", name.hex))
        guard (200...204).contains(reply.answer.status) || reply.fault.isAbsence else {
            throw reply.fault.error(about: client.address)
        }
        try check.accept(reply.answer)
    }
}
