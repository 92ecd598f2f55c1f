import Client
import Lake
import Messages
import Sealing

/// Puts a large object up in parts, which the store puts together at the end.
struct PartedUpload: Sendable {
    private let client: S3Client
    private let key: String
    private let bytes: Bytes

    init(_ client: S3Client, _ key: String, _ bytes: Bytes) {
        self.client = client
        self.key = key
        self.bytes = bytes
    }

    /// The store's answer to the last request. What is unfinished is taken back.
    func put(onlyIfAbsent: Bool) async throws(CofferError) -> S3Client.Reply {
        // A conflict with another writer ends an upload, so another one begins.
        for _ in 0..<3 {
            let upload = try await begin()
            do throws(CofferError) {
                let reply = try await complete(upload, tags: try await parts(upload), onlyIfAbsent)
                if reply.answer.status == 409 {
                    await abort(upload)
                    continue
                }
                if reply.answer.status != 200 { await abort(upload) }
                return reply
            } catch {
                await abort(upload)
                throw error
            }
        }
        throw .unusable("Another writer keeps the store from taking an object.")
    }

    private func begin() async throws(CofferError) -> String {
        var request = S3Request("POST", key)
        request.query = [("uploads", "")]
        let reply = try await client.send(request)
        guard reply.answer.status == 200 else { throw reply.fault.error(about: client.address) }
        guard let id = XMLText(reply.answer.body).first("UploadId"), !id.isEmpty, id.utf8.count <= 4096 else {
            throw .unusable("The lake's store begins an upload without a name for it.")
        }
        return id
    }

    private func parts(_ upload: String) async throws(CofferError) -> [String] {
        var tags: [String] = []
        for start in stride(from: 0, to: bytes.count, by: S3Lake.partCount) {
            var request = S3Request("PUT", key)
            request.query = [("partNumber", "\(tags.count + 1)"), ("uploadId", upload)]
            request.body = Bytes(bytes[start..<min(start + S3Lake.partCount, bytes.count)])
            let reply = try await client.send(request)
            guard reply.answer.status == 200 else { throw reply.fault.error(about: client.address) }
            guard let tag = reply.answer.header("etag"), !tag.isEmpty, tag.utf8.count <= 1024 else {
                throw .unusable("The lake's store takes a part without a tag for it.")
            }
            tags.append(tag)
        }
        return tags
    }

    private func complete(_ upload: String, tags: [String], _ onlyIfAbsent: Bool) async throws(CofferError)
        -> S3Client.Reply
    {
        let parts = tags.enumerated().map { number, tag in
            "<Part><PartNumber>\(number + 1)</PartNumber><ETag>\(XMLText.escaped(tag))</ETag></Part>"
        }
        var request = S3Request("POST", key)
        request.query = [("uploadId", upload)]
        request.body = Array("<CompleteMultipartUpload>\(parts.joined())</CompleteMultipartUpload>".utf8)
        request.tellsConflicts = true
        let reply = try await client.send(onlyIfAbsent ? request.ifAbsent : request)
        let text = XMLText(reply.answer.body)
        switch (reply.answer.status, text.first("Code")) {
        // The answer begins before the work is done, so an error may stand where the result would.
        case (200, let code?) where code == "PreconditionFailed":
            return S3Client.Reply(answer: HTTPAnswer(status: 412), isRepeated: reply.isRepeated)
        case (200, _?): throw S3Fault.unfinished
        case (200, nil):
            guard text.first("ETag") != nil else { throw S3Fault.unfinished }
            return reply
        // An earlier attempt put the object together, and its answer was lost.
        case (404, "NoSuchUpload") where reply.isRepeated:
            return S3Client.Reply(answer: HTTPAnswer(status: 412), isRepeated: true)
        default: return reply
        }
    }

    private func abort(_ upload: String) async {
        var request = S3Request("DELETE", key)
        request.query = [("uploadId", upload)]
        // Parts that stay are the store's to clear away; nobody can read them as an object.
        _ = try? await client.send(request)
    }
}

extension S3Fault {
    /// The store did not say that it put the parts together.
    static var unfinished: CofferError {
        CofferError(
            .tryLater, "The lake's store has not put an object together.", rule: "lake.store",
            hint: "Try again. If this goes on, tell the lake's operator.")
    }
}
