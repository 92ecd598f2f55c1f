import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Sealing

/// Applies the server's limits to a router: only the methods of a path are taken, the body is bounded and read first, an
/// answer takes at most `answering`, and each request is counted.
struct ServedResponder<Base: HTTPResponder>: HTTPResponder where Base.Context: RequestContext {
    typealias Context = Base.Context

    /// The largest body of any route (Design, "Routes and limits"); most routes have a smaller limit.
    static var largestBody: Int { 1 << 20 }

    let base: Base
    let routes: RoutePatterns
    let limit: TimeLimit<ContinuousClock>
    let figures: RequestMetrics
    let logger: Logger

    func respond(to request: Request, context: Context) async throws -> Response {
        let started = ContinuousClock.now
        var response = try await answer(request, context)
        // The length that a GET would have stays; a body would be read as the next answer.
        if request.method == .head { response = response.createHeadResponse() }
        let took = ContinuousClock.now - started
        figures.count(response.status.code, took)
        logger.say(
            .debug, .request,
            [
                .route: .route(context.endpointPath, of: routes), .status: .number(response.status.code),
                .milliseconds: .duration(took),
            ])
        return response
    }

    private func answer(_ request: Request, _ context: Context) async throws -> Response {
        let methods = routes.methods(at: request.uri.path)
        guard methods.isEmpty || methods.contains(request.method) else {
            var response = Response.failure(
                ServerFailure(.methodNotAllowed, CofferError(.usage, "This path does not take this method.")))
            response.headers[.allow] = methods.map(\.rawValue).joined(separator: ", ")
            return response
        }
        var request = request
        do throws(any Error) {
            let body = try await request.body(atMost: Self.largestBody)
            request.body = RequestBody(buffer: ByteBuffer(bytes: body))
        } catch let failure as ServerFailure {
            return .failure(failure)
        }
        let whole = request
        let base = base
        let response = try await limit.first { try await base.respond(to: whole, context: context) }
        return response ?? .failure(.tryLater("The answer took too long.", after: 30))
    }
}

/// The counts of requests and their results.
struct RequestMetrics: Sendable {
    private let requests: Counter
    private let refusals: Counter
    private let failures: Counter
    private let seconds: Histogram

    init(_ metrics: Metrics) {
        requests = metrics.counter("coffer_http_requests_total", "Requests answered.")
        refusals = metrics.counter("coffer_http_refusals_total", "Requests answered with a status from 400 to 499.")
        failures = metrics.counter("coffer_http_failures_total", "Requests answered with a status of 500 or above.")
        seconds = metrics.histogram(
            "coffer_http_request_seconds", "From the head of a request to its answer, in seconds.")
    }

    func count(_ status: Int, _ took: Duration) {
        requests.add()
        switch status {
        case 400..<500: refusals.add()
        case 500...: failures.add()
        default: break
        }
        seconds.observe(took)
    }
}
