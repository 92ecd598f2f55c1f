package import Hummingbird
import Ledger
import Messages
import Replica
import Sealing
import Serving

extension Desk {
    /// Adds `POST /enrol` and the charter's route.
    package func router() -> Router<BasicRequestContext> {
        let router = Router.answeringFailures()
        router.post("enrol") { request, _ in
            let body = try await request.body(atMost: HTTPLimits.note)
            guard let enrolment = try? Enrolment(parsing: body) else {
                throw ServerFailure.malformed("The enrolment is malformed.")
            }
            let waiting = try self.enrol(enrolment)
            return Response.json(
                .object([.init("schema", .string("coffer.enrolled.v1")), .init("waiting", .integer(UInt64(waiting)))]))
        }
        router.get("charter") { _, _ in
            Response.bytes(charter.note.encoded, type: "text/plain; charset=utf-8")
        }
        return router
    }
}
