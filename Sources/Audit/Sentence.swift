import Rules
import Sealing

/// A statement as a sentence.
struct Sentence {
    private let state: LedgerState
    private let names: Names

    init(_ state: LedgerState, _ names: Names) {
        self.state = state
        self.names = names
    }

    func text(_ statement: Statement) -> String {
        switch statement {
        case .charter(let charter): "The charter: \(terms(charter.terms))."
        case .amend(let amend):
            "Amends \(amend.amends.prefix8): \(terms(amend.terms))"
                + (amend.ends ? "; consents bound to earlier brokers end." : ".")
        case .enrol(let enrol): "Enrols \(count(enrol.pseudonyms.count, "pseudonym"))."
        case .dismiss(let dismiss): "Dismisses \(count(dismiss.pseudonyms.count, "pseudonym")): their consents end."
        case .purpose(let purpose): self.purpose(purpose)
        case .withdraw(let withdraw): "Ends the purpose \(name(purpose: withdraw.purpose)), for good."
        case .consent(let consent):
            "\(names.name(consent.pseudonym)) consents to \(name(purpose: consent.purpose)) until "
                + "\(Self.time(consent.expires)), with \(Self.span(consent.window)) to review."
        case .revoke(let revoke): "\(names.name(revoke.pseudonym)) revokes, for good."
        case .erase(let erase): "\(names.name(erase.pseudonym)) erases \(count(erase.pages.count, "page"))."
        case .grant(let grant): self.grant(grant)
        case .release(let release): self.release(release)
        case .outcome(let outcome):
            "Under \(entry(ofGrant: outcome.grant)): model \(outcome.model.prefix8), "
                + (outcome.disposed ? "disposed of." : "kept until \(Self.time(outcome.keptUntil)).")
        case .destroyed(let destroyed):
            "\(names.name(destroyed.broker)) holds no sub-key of any consent that had ended at entry \(destroyed.size)."
        case .halt: "Halts the programme: nothing is released until a resume names this halt."
        case .resume(let resume): "Lifts \(count(resume.halts.count, "halt"))."
        }
    }

    private func terms(_ terms: CharterTerms) -> String {
        let groups = terms.groups.map { "\($0.name) \($0.threshold)-of-\($0.brokers.count)" }
        return
            "broker groups \(groups.joined(separator: ", ")); \(count(terms.witnesses.count, "outside witness", "es")); "
            + "\(terms.reviewQuorum) of \(terms.reviewers.count) reviewers"
            + (terms.demo ? "; a demonstration, whose agents may shift their clocks" : "")
    }

    private func purpose(_ purpose: Purpose) -> String {
        "Purpose \(purpose.name), for \(purpose.owner): \(list(purpose.kinds, purpose.apps)), at most "
            + "\(count(Int(clamping: purpose.pages), "page")) a day, until \(Self.time(purpose.ends))."
    }

    private func grant(_ grant: Grant) -> String {
        "\(names.name(grant.job)) may read \(list(grant.kinds, grant.apps)) of \(Self.day(grant.from)) to "
            + "\(Self.day(grant.to)) under \(name(purpose: grant.purpose)), at most "
            + "\(count(Int(clamping: grant.pages), "page")) a day, until \(Self.time(grant.expires))."
    }

    private func release(_ release: Release) -> String {
        let ids = release.consents.flatMap(\.ids)
        let weeks = ids.filter { $0.monday != nil }.count
        let job = state.grants[release.grant].map { names.name($0.grant.job) } ?? "A job"
        let pages = ids.count - weeks
        let what = (pages > 0 ? [count(pages, "page")] : []) + (weeks > 0 ? [count(weeks, "index week")] : [])
        return "\(job) asks for \(what.joined(separator: " and ")) under "
            + "\(count(release.consents.count, "consent")), by \(entry(ofGrant: release.grant))."
    }

    // MARK: Words

    private func name(purpose: Hash256) -> String {
        state.purposes[purpose].map { "\($0.purpose.name) (\(purpose.prefix8))" } ?? "purpose \(purpose.prefix8)"
    }

    private func entry(ofGrant grant: Hash256) -> String {
        state.grants[grant].map { "the grant at entry \($0.mark.index)" } ?? "an unknown grant \(grant.prefix8)"
    }

    private func list(_ kinds: [Kind], _ apps: [AppName]) -> String {
        "\(kinds.map(\.rawValue).joined(separator: ", ")) of \(apps.map(\.string).joined(separator: ", "))"
    }

    private func count(_ count: Int, _ noun: String, _ plural: String = "s") -> String {
        "\(count) \(noun)\(count == 1 ? "" : plural)"
    }

    private static func time(_ time: Milliseconds) -> String { CivilTime(time).rfc3339 }

    private static func day(_ day: Day) -> String { CivilTime(day).date }

    private static func span(_ milliseconds: Milliseconds) -> String {
        milliseconds % 3_600_000 == 0 ? "\(milliseconds / 3_600_000) h" : "\(Seconds(milliseconds)) s"
    }
}
