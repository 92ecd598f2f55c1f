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
        case .enrol(let enrol): "Enrols \(Words.count(enrol.pseudonyms.count, "pseudonym"))."
        case .dismiss(let dismiss):
            "Dismisses \(Words.count(dismiss.pseudonyms.count, "pseudonym")): their consents end."
        case .purpose(let purpose): self.purpose(purpose)
        case .withdraw(let withdraw): "Ends the purpose \(name(purpose: withdraw.purpose)), for good."
        case .consent(let consent):
            "\(names.name(consent.pseudonym)) consents to \(name(purpose: consent.purpose)) until "
                + "\(Words.time(consent.expires)), with \(Words.span(consent.window)) to review."
        case .revoke(let revoke): "\(names.name(revoke.pseudonym)) revokes, for good."
        case .erase(let erase): "\(names.name(erase.pseudonym)) erases \(Words.count(erase.pages.count, "page"))."
        case .grant(let grant): self.grant(grant)
        case .release(let release): self.release(release)
        case .outcome(let outcome):
            "Under \(entry(ofGrant: outcome.grant)): model \(outcome.model.prefix8), "
                + (outcome.disposed ? "disposed of" : "kept until \(Words.time(outcome.keptUntil))")
                + (outcome.manifest.map { "; a manifest of \(Words.count($0.releases.count, "release"))." } ?? ".")
        case .destroyed(let destroyed):
            "\(names.name(destroyed.broker)) holds no sub-key of any consent that had ended at entry \(destroyed.size)."
        case .halt: "Halts the programme: nothing is released until a resume names this halt."
        case .resume(let resume): "Lifts \(Words.count(resume.halts.count, "halt"))."
        }
    }

    private func terms(_ terms: CharterTerms) -> String {
        let groups = terms.groups.map { "\($0.name) \($0.threshold)-of-\($0.brokers.count)" }
        return
            "broker groups \(groups.joined(separator: ", ")); \(Words.count(terms.witnesses.count, "outside witness", "es")); "
            + "\(terms.reviewQuorum) of \(terms.reviewers.count) reviewers"
            + (terms.demo ? "; a demonstration, whose agents may shift their clocks" : "")
    }

    private func purpose(_ purpose: Purpose) -> String {
        "Purpose \(purpose.name), for \(purpose.owner): \(Words.list(purpose.kinds, purpose.apps)), at most "
            + "\(Words.count(Int(clamping: purpose.pages), "page")) a day, until \(Words.time(purpose.ends))."
    }

    private func grant(_ grant: Grant) -> String {
        "\(names.name(grant.job)) may read \(Words.list(grant.kinds, grant.apps)) of \(Words.day(grant.from)) to "
            + "\(Words.day(grant.to)) under \(name(purpose: grant.purpose)), at most "
            + "\(Words.count(Int(clamping: grant.pages), "page")) a day, until \(Words.time(grant.expires))."
    }

    private func release(_ release: Release) -> String {
        let ids = release.consents.flatMap(\.ids)
        let weeks = ids.filter { $0.monday != nil }.count
        let job = state.grants[release.grant].map { names.name($0.grant.job) } ?? "A job"
        let pages = ids.count - weeks
        let what =
            (pages > 0 ? [Words.count(pages, "page")] : []) + (weeks > 0 ? [Words.count(weeks, "index week")] : [])
        return "\(job) asks for \(what.joined(separator: " and ")) under "
            + "\(Words.count(release.consents.count, "consent")), by \(entry(ofGrant: release.grant))."
    }

    // MARK: Words

    private func name(purpose: Hash256) -> String {
        state.purposes[purpose].map { "\($0.purpose.name) (\(purpose.prefix8))" } ?? "purpose \(purpose.prefix8)"
    }

    private func entry(ofGrant grant: Hash256) -> String {
        state.grants[grant].map { "the grant at entry \($0.mark.index)" } ?? "an unknown grant \(grant.prefix8)"
    }
}
