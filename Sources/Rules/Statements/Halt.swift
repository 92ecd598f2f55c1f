package import Sealing

/// Stops every release at once. Stopping; signed by any one halter.
package struct Halt: StatementContent {
    package static let type = "halt"
    package static let isStopping = true
    package let heading: Heading

    package init(origin: String) { self.init(heading: Heading(origin: origin, until: nil)) }

    package init(heading: Heading) { self.heading = heading }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) { self.heading = heading }

    package var members: [CanonicalJSON.Member] { [] }
}
