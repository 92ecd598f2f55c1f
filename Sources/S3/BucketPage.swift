import Client
import Lake
import Messages
import Sealing

/// One answer to the question which objects a bucket has.
struct BucketPage: Sendable {
    let names: [Hash256]
    /// Asks for what comes after; nil at the end.
    let next: String?

    init(_ client: S3Client, after token: String?) async throws(CofferError) {
        let prefix = client.address.prefix
        var request = S3Request("GET")
        request.query = [("list-type", "2"), ("max-keys", "1000"), ("prefix", prefix)]
        if let token { request.query.append(("continuation-token", token)) }
        let reply = try await client.send(request)
        guard reply.answer.status == 200 else { throw reply.fault.error(about: client.address) }
        let text = XMLText(reply.answer.body)
        names = text.all("Key").compactMap { key in
            guard key.hasPrefix(prefix) else { return nil }
            return try? Hash256(hex: String(key.dropFirst(prefix.count)))
        }
        switch text.first("IsTruncated") {
        case "false": next = nil
        case "true":
            guard let following = text.first("NextContinuationToken"), !following.isEmpty, following != token else {
                throw .unusable("The lake's store gives a list of objects that goes nowhere.")
            }
            next = following
        default: throw .unusable("The lake's store gives a list of objects that cannot be read.")
        }
    }
}
