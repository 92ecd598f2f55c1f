package import Sealing

/// What a job made of the pages it read, so that the record does not end at the job. Signed by the grant's job.
package struct Outcome: StatementContent {
    package static let type = "outcome"
    package let heading: Heading
    package let grant: Hash256
    /// The model's hash.
    package let model: Hash256
    package let keptUntil: Milliseconds
    package let disposed: Bool

    package init(heading: Heading, grant: Hash256, model: Hash256, keptUntil: Milliseconds, disposed: Bool) {
        self.heading = heading
        self.grant = grant
        self.model = model
        self.keptUntil = keptUntil
        self.disposed = disposed
    }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) {
        self.heading = heading
        self.grant = try object.hash("grant")
        self.model = try object.hash("model")
        self.keptUntil = try object.milliseconds("keptUntil")
        self.disposed = try object.boolean("disposed")
    }

    package var members: [CanonicalJSON.Member] {
        [
            .init("grant", .hex(grant)), .init("model", .hex(model)), .init("keptUntil", .milliseconds(keptUntil)),
            .init("disposed", .boolean(disposed)),
        ]
    }
}
