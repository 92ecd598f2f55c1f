package import Sealing

/// Entry 0: the roles and their keys. Signed by every signing key in it (Design, "Statements").
package struct Charter: StatementContent {
    package static let type = "charter"
    package let heading: Heading
    package let terms: CharterTerms

    package init(heading: Heading, terms: CharterTerms) {
        self.heading = heading
        self.terms = terms
    }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) {
        self.heading = heading
        self.terms = try CharterTerms(reading: &object)
    }

    package var members: [CanonicalJSON.Member] { terms.members }
}
