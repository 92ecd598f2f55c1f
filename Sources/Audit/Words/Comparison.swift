import Ledger
import Rules
import Sealing

/// What a statement would change if it were the next entry after a state.
struct Comparison {
    private let state: LedgerState
    private let statement: Statement
    private let hash: Hash256
    private let now: Milliseconds

    init(_ state: LedgerState, _ statement: Statement, _ hash: Hash256, _ now: Milliseconds) {
        self.state = state
        self.statement = statement
        self.hash = hash
        self.now = now
    }

    func sentences(_ facts: [Fact], _ names: Names) -> [String] {
        guard statement.heading.origin.hasSameBytes(as: state.origin) else {
            return ["It is for another ledger than \(Words.quoted(state.origin))."]
        }
        return effects(facts, names) + [verdict]
    }

    private var verdict: String {
        if case .charter = statement {
            return hash == state.pinnedCharter
                ? "It is the pinned charter." : "It is not the charter that this ledger began with."
        }
        if let entry = state.index(of: hash) { return "It is in the ledger already, as entry \(entry)." }
        guard let refusal = state.objection(to: statement, at: now) else {
            return "As the next entry it would be accepted, once everyone has signed who must."
        }
        return "As the next entry it would be refused: \(refusal.message.shown) (rule \(refusal.rule))"
    }

    private func effects(_ facts: [Fact], _ names: Names) -> [String] {
        switch statement {
        case .charter(let charter): differences(charter.terms)
        case .amend(let amend): differences(amend.terms) + [notice(amend)] + ended(by: amend)
        case .purpose(let purpose): differences(purpose, facts, names)
        case .grant(let grant): [self.purpose(grant.purpose)] + others(grant)
        case .withdraw(let withdraw): [purpose(withdraw.purpose)] + ended(with: withdraw.purpose)
        case .dismiss(let dismiss): [live(dismiss.pseudonyms)]
        case .revoke(let revoke): [live([revoke.pseudonym])]
        case .enrol: ["\(Words.count(state.pseudonyms.count, "pseudonym")) are known so far."]
        case .consent(let consent): [self.purpose(consent.purpose)]
        case .halt: [state.isHalted ? "Everything is halted already." : "Releases are answered now."]
        case .resume(let resume):
            [
                "\(Words.count(state.haltsInForce.subtracting(resume.halts).count, "other halt")) would stay in force."
            ]
        case .erase, .release, .outcome, .destroyed: []
        }
    }

    // MARK: Terms

    private func differences(_ terms: CharterTerms) -> [String] {
        guard let charter = state.charter else { return [] }
        let changes = terms.facts.changes(since: charter.terms.facts)
        return changes.isEmpty ? ["Its terms are those in force."] : changes
    }

    private func notice(_ amend: Amend) -> String {
        let notice = max(amend.notice, state.charter?.terms.minimumNotice ?? 0)
        return "It would take effect \(Words.span(notice)) after its entry."
    }

    private func ended(by amend: Amend) -> [String] {
        guard amend.ends else { return [] }
        let keepsRoster = state.charter.map { amend.terms.hasSameRoster(as: $0.terms) } ?? false
        let count = state.consents.count { consent, record in
            state.isLive(consent: consent) && (!keepsRoster || record.consent.rosterHash != state.roster)
        }
        return ["\(Words.count(count, "live consent")) would end."]
    }

    // MARK: Purposes and grants

    /// Against the newest live purpose of the same name.
    private func differences(_ purpose: Purpose, _ facts: [Fact], _ names: Names) -> [String] {
        let same = state.purposes.filter { hash, record in
            hash != self.hash && record.purpose.name.hasSameBytes(as: purpose.name) && state.isLive(purpose: hash)
        }
        guard let newest = same.max(by: { $0.value.mark.index < $1.value.mark.index }) else {
            return ["No live purpose has this name."]
        }
        return ["The purpose at entry \(newest.value.mark.index) has the same name and stays live."]
            + facts.changes(since: Statement.purpose(newest.value.purpose).facts(names))
    }

    private func purpose(_ hash: Hash256) -> String {
        guard let record = state.purposes[hash] else { return "The ledger knows no such purpose." }
        let purpose = record.purpose
        let standing = state.isLive(purpose: hash) ? "" : " It has ended."
        return
            "The purpose is \(Words.quoted(purpose.name)) of entry \(record.mark.index), for \(Words.quoted(purpose.owner)): "
            + "\(Words.list(purpose.kinds, purpose.apps)), at most \(purpose.pages) pages a day, until "
            + "\(Words.time(purpose.ends)).\(standing)"
    }

    private func others(_ grant: Grant) -> [String] {
        let live = state.grants.count { hash, record in
            hash != self.hash && record.grant.job == grant.job && state.isLive(grant: hash)
        }
        return live == 0 ? [] : ["The job has \(Words.count(live, "other live grant"))."]
    }

    private func ended(with purpose: Hash256) -> [String] {
        let consents = state.consents.count { $1.consent.purpose == purpose && state.isLive(consent: $0) }
        let grants = state.grants.count { $1.grant.purpose == purpose && state.isLive(grant: $0) }
        return ["\(Words.count(consents, "live consent")) and \(Words.count(grants, "live grant")) would end."]
    }

    private func live(_ pseudonyms: [VerifyingKey]) -> String {
        let count = pseudonyms.count { state.pseudonyms[$0]?.consent.map { state.isLive(consent: $0) } ?? false }
        return "\(count) of \(Words.count(pseudonyms.count, "pseudonym")) have a live consent, which would end."
    }
}
