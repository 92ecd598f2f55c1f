import Messages
package import Sealing

/// One HTTP request with its header, to a service that Coffer does not define.
package struct HTTPExchange: Sendable {
    package var method: String
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: Bytes

    package init(_ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: Bytes = []) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// What such a service answers. A redirection is an answer: it is never followed.
package struct HTTPAnswer: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    package let body: Bytes

    package init(status: Int, headers: [(name: String, value: String)] = [], body: Bytes = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first field of this name, in small letters.
    package func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }

    var reply: HTTPReply { HTTPReply(status: status, body: body) }
}

/// Requests to such services. An answer is bounded in size and in time; a request without an answer throws `.tryLater`.
package protocol HTTPExchanging: Sendable {
    func exchange(_ request: HTTPExchange, atMost limit: Int) async throws(CofferError) -> HTTPAnswer
}
