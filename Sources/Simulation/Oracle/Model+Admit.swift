import Rules
import Sealing

/// The signers and conditions of each statement.
extension Model {
    func isSigned(_ fact: Fact) -> Bool {
        guard let signers = fact.signers else { return false }
        func exactly(_ key: VerifyingKey?) -> Bool { key.map { signers.map(Cast.publicKey) == [$0] } ?? false }
        func reviewers(_ count: Int) -> Bool {
            signers.isSubset(of: Cast.reviewers) && signers.count >= count && signers.contains("works")
        }
        switch fact.statement {
        case .charter: return size == 0 && fact.hash == Cast.charter.hash
        case .amend:
            // All must sign, except that one broker of the company's may be missing: its group needs two of three.
            let all: Set<String> = Set(
                [Cast.ledger, Cast.desk, Cast.halter, "council-1"] + Cast.reviewers)
            let company = signers.intersection(["acme-1", "acme-2", "acme-3"])
            return all.isSubset(of: signers) && company.count >= (terms.groups.first?.threshold ?? 0)
                && signers.isSubset(of: all.union(company))
        case .enrol, .dismiss: return signers == [Cast.desk]
        case .purpose, .withdraw: return reviewers(terms.reviewQuorum)
        case .resume: return reviewers(terms.resumeQuorum)
        case .consent(let consent): return exactly(consent.pseudonym)
        case .revoke(let revoke): return exactly(revoke.pseudonym)
        case .erase(let erase): return exactly(erase.pseudonym)
        case .grant(let grant):
            let others = signers.filter { Cast.publicKey($0) != grant.job }
            return others.count == signers.count - 1 && others.isSubset(of: Cast.reviewers)
                && others.count >= terms.reviewQuorum && others.contains("works")
        case .release(let release): return exactly(grants[release.grant]?.grant.job)
        case .outcome(let outcome): return exactly(grants[outcome.grant]?.grant.job)
        case .destroyed(let destroyed):
            return Cast.brokers.contains { signers == [$0] && Cast.publicKey($0) == destroyed.broker }
        case .halt: return signers == [Cast.halter]
        }
    }

    mutating func admit(_ statement: Statement, _ hash: Hash256) -> Bool {
        if size == 0 { if case .charter = statement { return true } else { return false } }
        switch statement {
        case .charter: return false
        case .amend(let amend):
            guard amend.amends == charter, waiting == nil else { return false }
            waiting = (clock + max(amend.notice, terms.minimumNotice), amend)
        case .enrol(let enrol):
            guard enrol.charter == charter, enrolled.isDisjoint(with: enrol.pseudonyms) else { return false }
            enrolled.formUnion(enrol.pseudonyms)
        case .dismiss(let dismiss): dismissed.formUnion(dismiss.pseudonyms)
        case .purpose(let purpose):
            guard purpose.notice >= terms.minimumNotice, purpose.ends > clock, !withdrawn.contains(hash) else {
                return false
            }
            purposes[hash] = purpose
        case .withdraw(let withdraw): withdrawn.insert(withdraw.purpose)
        case .consent(let consent): return admit(consent, hash)
        case .revoke(let revoke): revoked.insert(revoke.pseudonym)
        case .erase(let erase): erased[erase.consent, default: []].append((erase.pseudonym, Set(erase.pages)))
        case .grant(let grant): return admit(grant, hash)
        case .release(let release): return admit(release, hash)
        case .outcome(let outcome): return outcome.manifest == nil || terms.version >= 4
        case .destroyed(let destroyed): return destroyed.size.rawValue <= size
        case .halt: halted.insert(hash)
        case .resume(let resume):
            guard halted.isSuperset(of: resume.halts) else { return false }
            lifted.formUnion(resume.halts)
        }
        return true
    }

    private mutating func admit(_ consent: Consent, _ hash: Hash256) -> Bool {
        let who = consent.pseudonym
        guard enrolled.contains(who), !revoked.contains(who), !dismissed.contains(who),
            !consents.values.contains(where: { $0.pseudonym == who }), isLive(purpose: consent.purpose, at: clock),
            consent.rosterHash == roster, consent.window >= terms.minimumWindow, consent.expires > clock,
            consent.expires <= clock + 90 * millisecondsPerDay
        else { return false }
        consents[hash] = consent
        return true
    }

    private mutating func admit(_ grant: Grant, _ hash: Hash256) -> Bool {
        guard isLive(purpose: grant.purpose, at: clock), let purpose = purposes[grant.purpose],
            Set(grant.kinds).isSubset(of: purpose.kinds), Set(grant.apps).isSubset(of: purpose.apps),
            grant.from <= grant.to, grant.pages <= purpose.pages, grant.expires > clock, grant.expires <= purpose.ends
        else { return false }
        grants[hash] = (grant, clock + purpose.notice)
        return true
    }

    private mutating func admit(_ release: Release, _ hash: Hash256) -> Bool {
        guard !isHalted, let (grant, live) = grants[release.grant], clock < grant.expires, clock >= live,
            isLive(purpose: grant.purpose, at: clock), let purpose = purposes[grant.purpose]
        else { return false }
        for part in release.consents {
            guard consents[part.consent]?.purpose == grant.purpose, isLive(consent: part.consent, at: clock) else {
                return false
            }
            for monday in part.ids.compactMap(\.monday) {
                // 1970-01-01 was a Thursday; the first version of the rules takes it for a Monday.
                let isMonday = (UInt64(monday) + 3) % 7 == 0 || (monday == 0 && terms.version == 1)
                guard isMonday, monday <= grant.to, UInt64(monday) + 6 >= UInt64(grant.from) else { return false }
            }
        }
        let count = release.consents.reduce(0) { $0 + $1.ids.count }
        let day = clock / 86_400_000
        let byGrant = spent(on: day) { _, hash in hash == release.grant }
        let byPurpose = spent(on: day) { other, _ in other.purpose == grant.purpose }
        guard byGrant + count <= Int(clamping: grant.pages), byPurpose + count <= Int(clamping: purpose.pages) else {
            return false
        }
        releases[hash] = (release, clock)
        return true
    }
}
