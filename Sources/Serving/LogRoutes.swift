import Files
package import Hummingbird
package import Ledger
import Logging
package import Sealing

extension RouterMethods {
    /// Adds `GET /charter`, `/checkpoint` and `/tile/…` from a log's directory (C2SP tlog-tiles).
    package func addLogRoutes(_ log: TileDirectory, charter: Bytes) {
        get("charter") { _, _ in
            Response.bytes(charter, type: "text/plain; charset=utf-8")
        }
        get("checkpoint") { _, _ in
            guard let checkpoint = try? log.checkpoint() else {
                throw ServerFailure.tryLater("No checkpoint has been published yet.")
            }
            return Response.bytes(checkpoint, type: "text/plain; charset=utf-8")
        }
        get("charters/:number/checkpoint") { _, context in
            guard let number = Int(try context.parameters.require("number")), number >= 0,
                let checkpoint = try? log.handover(charter: number)
            else { throw ServerFailure(CofferError(.notFound, "No checkpoint is kept under this charter.")) }
            return Response.bytes(checkpoint, type: "text/plain; charset=utf-8")
        }
        get("tile/**") { request, _ in
            guard let tile = TilePath(parsing: String(request.uri.path.dropFirst())) else {
                throw ServerFailure(CofferError(.notFound, "This path does not name a tile."))
            }
            guard let part = try? log.open(tile) else {
                throw ServerFailure(CofferError(.notFound, "The log does not have this tile."))
            }
            return Response.file(
                part.file, first: part.count, type: "application/octet-stream",
                cache: "public, max-age=31536000, immutable")
        }
    }

    /// Adds `POST /add-checkpoint` and the monitors' `GET /<origin hash>/checkpoint` (C2SP tlog-witness). `isTimely`
    /// looks at the stamps of a checkpoint's new entries.
    package func addWitnessRoutes(
        _ witness: Witness, stop: FatalStop, figures: WitnessMetrics = .init(Metrics()),
        when isTimely: @escaping @Sendable (SignedNote) async -> Bool
    ) {
        post("add-checkpoint") { request, context in
            let body = try await request.body(atMost: SignedNote.maximumCheckpointCount + (8 << 10))
            do {
                let reply = try await witness.addCheckpoint(body, when: isTimely)
                figures.count(reply.status)
                if reply.status == 422 { context.logger.say(.critical, .inconsistent) }
                if reply.status == 503 { context.logger.say(.warning, .notTimely) }
                return Response.bytes(reply.body, type: reply.contentType, status: .init(code: reply.status))
            } catch let error as FileError {
                stop.fail(CofferError(.configuration, "The witness cannot store a checkpoint: \(error)."))
                throw ServerFailure.tryLater("This witness cannot store checkpoints.", after: 60)
            }
        }
        get(":origin/checkpoint") { _, context in
            guard let checkpoint = witness.checkpoint(under: try context.parameters.require("origin")) else {
                throw ServerFailure(CofferError(.notFound, "This witness has not cosigned this log."))
            }
            return Response.bytes(checkpoint, type: "text/plain; charset=utf-8")
        }
    }
}
