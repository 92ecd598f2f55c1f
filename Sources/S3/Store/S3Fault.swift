import Client
import Lake
import Sealing

/// What a store means by an answer that is no success. Its own words are never shown: they could quote anything.
struct S3Fault: Sendable {
    /// More than this of such an answer is not read.
    static let limit = 4 << 20

    let status: Int
    /// The word in the body, as "NoSuchKey".
    let code: String?

    init(_ answer: HTTPAnswer) {
        status = answer.status
        code = (200..<300).contains(status) ? nil : XMLText(answer.body).first("Code")
    }

    /// Whether the same request may succeed soon.
    var isPassing: Bool {
        [408, 409, 429, 500, 502, 503, 504].contains(status) || ["RequestTimeout", "SlowDown"].contains(code)
    }

    /// The object does not exist. A page of a proxy that says 404 is no such word of the store.
    var isAbsence: Bool { status == 404 && code == "NoSuchKey" }

    /// Without the right to list a bucket, a missing object is answered so, too.
    var mayBeAbsence: Bool { status == 403 && code == "AccessDenied" }

    private static let unknownKeys: Set = [
        "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired",
    ]

    func error(about address: BucketAddress) -> CofferError {
        switch (status, code) {
        case (301, _), (302, _), (303, _), (307, _), (308, _), (_, "AuthorizationHeaderMalformed"):
            CofferError(
                .configuration, "The store serves the bucket \(address.bucket) elsewhere.", rule: "lake.moved",
                hint: "Name the bucket's endpoint and region in the lake's URL. Redirections are not followed.")
        case (404, "NoSuchBucket"):
            CofferError(
                .configuration, "There is no bucket \(address.bucket) at \(address.host).", rule: "lake.bucket",
                hint: "Check the lake's URL.")
        case (_, "RequestTimeTooSkewed"):
            CofferError(
                .configuration, "The store's clock and this machine's differ too much.", rule: "lake.clock",
                hint: "timedatectl set-ntp true")
        case (_, let code?) where Self.unknownKeys.contains(code):
            CofferError(
                .configuration, "The store does not accept this machine's keys.", rule: "lake.credentials",
                hint: "Check the keys, or ask the lake's operator for new ones.")
        case (401, _), (403, _):
            CofferError(
                .configuration, "The store does not permit this with the keys of this machine.", rule: "lake.denied",
                hint: "Ask the lake's operator for the rights that the page Lakes lists.")
        case (501, _):
            CofferError(
                .configuration, "The store does not know a request that Coffer needs.", rule: "lake.store",
                hint: "Use a store that keeps to S3, of a version that the page Lakes names.")
        default:
            CofferError(
                .tryLater, "The lake's store answers with HTTP status \(status).", rule: "lake.store",
                hint: "Try again. If this goes on, tell the lake's operator.")
        }
    }
}
