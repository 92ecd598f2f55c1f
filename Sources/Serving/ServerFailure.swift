package import HTTPTypes
import Messages
package import Sealing

/// Why a request was not served: the HTTP status and the error in the `coffer.error.v1` body.
package struct ServerFailure: Error, Equatable, Sendable {
    package let status: HTTPResponse.Status
    package let error: CofferError
    /// The first refused position of an ask.
    package let position: UInt64?
    /// Seconds after which the client should try again.
    package let retryAfter: Int?

    package init(
        _ status: HTTPResponse.Status, _ error: CofferError, position: UInt64? = nil, retryAfter: Int? = nil
    ) {
        self.status = status
        self.error = error
        self.position = position
        self.retryAfter = retryAfter
    }

    /// 400: the request is malformed.
    package static func malformed(_ message: String) -> ServerFailure {
        ServerFailure(.badRequest, CofferError(.usage, message))
    }

    /// 413: the body is larger than its limit.
    package static func tooLarge(_ limit: Int) -> ServerFailure {
        ServerFailure(.contentTooLarge, CofferError(.usage, "The body is larger than \(limit) bytes."))
    }

    /// 403: refused by a rule.
    package static func refused(
        _ rule: String, _ message: String, entry: UInt64? = nil, position: UInt64? = nil
    ) -> ServerFailure {
        ServerFailure(.forbidden, CofferError(.refused, message, rule: rule, entry: entry), position: position)
    }

    /// 503: the client should try later.
    package static func tryLater(_ message: String, after seconds: Int = 5) -> ServerFailure {
        ServerFailure(.serviceUnavailable, CofferError(.tryLater, message), retryAfter: seconds)
    }

    /// The default status for an error's code.
    package init(_ error: CofferError) {
        let status: HTTPResponse.Status =
            switch error.code {
            case .refused, .no, .mustGo: .forbidden
            case .notFound: .notFound
            case .tryLater, .locked: .serviceUnavailable
            case .usage, .tampering: .badRequest
            case .bug, .configuration: .internalServerError
            }
        self.init(status, error)
    }

    package var json: CanonicalJSON { ErrorReply(error, position: position).json }
}
