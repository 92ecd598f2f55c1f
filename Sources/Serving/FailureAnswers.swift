package import Files
import HTTPTypes
package import Hummingbird
import Logging
import NIOCore
package import Sealing

extension Router where Context == BasicRequestContext {
    /// An empty router that answers failures as `FailureAnswers` does; every server starts from it.
    package static func answeringFailures() -> Router<BasicRequestContext> {
        let router = Router<BasicRequestContext>(options: .autoGenerateHeadEndpoints)
        router.add(middleware: FailureAnswers())
        return router
    }
}

/// Answers each failure with one JSON object. An unexpected error becomes a 500 without details.
struct FailureAnswers<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let failure as ServerFailure {
            return .failure(failure)
        } catch let error as CofferError {
            return .failure(ServerFailure(error))
        } catch let error as HTTPError where error.status == .notFound {
            return .failure(ServerFailure(CofferError(.notFound, "There is nothing at this path.")))
        } catch let error as any HTTPResponseError {
            return .failure(ServerFailure(error.status, CofferError(.usage, "\(error.status.reasonPhrase).")))
        } catch {
            context.logger.say(.error, .unexpected, [.type: .type(of: error)])
            return .failure(
                ServerFailure(.internalServerError, CofferError(.bug, "The server failed to answer this request.")))
        }
    }
}

extension Response {
    package static func failure(_ failure: ServerFailure) -> Response {
        var response = Response.json(failure.json, status: failure.status)
        if let seconds = failure.retryAfter { response.headers[.retryAfter] = "\(seconds)" }
        return response
    }

    /// Canonical JSON and a newline.
    package static func json(_ json: CanonicalJSON, status: HTTPResponse.Status = .ok) -> Response {
        .bytes(json.encoded + [10], type: "application/json", status: status)
    }

    package static func bytes(
        _ bytes: Bytes, type: String, cache: String = "no-store", status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status, headers: headers(type, cache), body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// The first bytes of a file, read as the client takes them: one that takes nothing pins no more than a piece.
    package static func file(_ file: any ReadableFile, first count: Int, type: String, cache: String = "no-store")
        -> Response
    {
        let body = ResponseBody(contentLength: count) { writer in
            var start = 0
            while start < count {
                let piece = try file.read(start..<min(count, start + ServerLimits.piece))
                try await writer.write(ByteBuffer(bytes: piece))
                start += piece.count
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers(type, cache), body: body)
    }

    private static func headers(_ type: String, _ cache: String) -> HTTPFields {
        [.contentType: type, .cacheControl: cache, .xContentTypeOptions: "nosniff"]
    }
}

extension Request {
    /// Reads the whole body; 413 if it is larger.
    package func body(atMost limit: Int) async throws -> Bytes {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw ServerFailure.tooLarge(limit)
        }
        do {
            return Array(try await body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw ServerFailure.tooLarge(limit)
        }
    }
}
