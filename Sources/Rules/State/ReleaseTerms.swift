import Sealing

/// The pages that a release's grant and its purpose allow.
struct ReleaseTerms: Sendable {
    let purpose: Hash256
    let days: ClosedRange<Day>
    /// The kinds that both the purpose and the grant allow.
    private let kinds: Set<Kind>
    private let apps: Set<AppName>

    /// Nil when the grant or its purpose does not exist.
    init?(_ grant: Hash256, in state: LedgerState) {
        guard let grant = state.grants[grant]?.grant, let purpose = state.purposes[grant.purpose]?.purpose else {
            return nil
        }
        self.purpose = grant.purpose
        days = grant.from...max(grant.from, grant.to)
        kinds = Set(grant.kinds).intersection(purpose.kinds)
        apps = Set(grant.apps).intersection(purpose.apps)
    }

    func allows(kind: String) -> Bool { Kind(rawValue: kind).map(kinds.contains) ?? false }

    func allows(app: String) -> Bool { (try? AppName(app)).map(apps.contains) ?? false }
}
