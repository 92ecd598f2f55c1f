package import Sealing

/// A pseudonym's one consent, to one purpose, under keys that only it can derive.
package struct Consent: StatementContent {
    package static let type = "consent"
    package static let longestUntil: Milliseconds = millisecondsPerDay
    /// The longest lifetime of a consent.
    package static let longest: Milliseconds = 90 * millisecondsPerDay
    package private(set) var heading: Heading
    package let pseudonym: VerifyingKey
    package let purpose: Hash256
    /// The hash of the charter or amendment that last set the groups.
    package let rosterHash: Hash256
    /// SHA-256(D("sub-keys") ‖ all com_A in order).
    package let subKeys: Hash256
    /// SHA-256(D("scope") ‖ salt ‖ scope JSON).
    package let scope: Hash256
    /// The review window: how long after a day's end its pages may first be answered.
    package let window: Milliseconds
    package let expires: Milliseconds

    package init(
        heading: Heading, pseudonym: VerifyingKey, purpose: Hash256, rosterHash: Hash256, subKeys: Hash256,
        scope: Hash256, window: Milliseconds, expires: Milliseconds
    ) {
        self.heading = heading
        self.pseudonym = pseudonym
        self.purpose = purpose
        self.rosterHash = rosterHash
        self.subKeys = subKeys
        self.scope = scope
        self.window = window
        self.expires = expires
    }

    package init(heading: Heading, reading object: inout CanonicalObject) throws(FormatError) {
        self.heading = heading
        self.pseudonym = try object.key("pseudonym")
        self.purpose = try object.hash("purpose")
        self.rosterHash = try object.hash("roster")
        self.subKeys = try object.hash("subkeys")
        self.scope = try object.hash("scope")
        self.window = try object.milliseconds("window")
        self.expires = try object.milliseconds("expires")
    }

    /// The same consent with this string as its origin, so that all consents of a state share one string. Both have the
    /// same bytes.
    func sharing(_ origin: String) -> Consent {
        var shared = self
        shared.heading = Heading(origin: origin, id: heading.id, until: heading.until)
        return shared
    }

    package var members: [CanonicalJSON.Member] {
        [
            .init("pseudonym", .hex(pseudonym.hash)), .init("purpose", .hex(purpose)),
            .init("roster", .hex(rosterHash)),
            .init("subkeys", .hex(subKeys)), .init("scope", .hex(scope)), .init("window", .milliseconds(window)),
            .init("expires", .milliseconds(expires)),
        ]
    }
}
