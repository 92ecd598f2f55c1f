import Sealing

/// One request about an object, or about the bucket.
struct S3Request: Sendable {
    let method: String
    /// The object's key after the prefix; nil for the bucket.
    var key: String?
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var body: Bytes = []
    /// Whether a conflict with another writer is told instead of tried again.
    var tellsConflicts = false

    init(_ method: String, _ key: String? = nil) {
        self.method = method
        self.key = key
    }

    /// The condition that nothing lies under the key yet.
    var ifAbsent: S3Request {
        var request = self
        request.headers.append(("if-none-match", "*"))
        return request
    }
}
