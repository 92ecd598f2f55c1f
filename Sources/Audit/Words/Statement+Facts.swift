import Ledger
import Rules
import Sealing

extension Statement {
    /// Everything that the statement says, as sentences. Hashes and keys are in full.
    func facts(_ names: Names) -> [Fact] {
        switch self {
        case .charter(let charter): charter.terms.facts
        case .amend(let amend):
            amend.terms.facts + [
                Fact("amends", "It amends the terms \(amend.amends.hex)."),
                Fact("notice", "It asks for a notice of \(Words.span(amend.notice))."),
                Fact(
                    "ends",
                    amend.ends
                        ? "Consents that are bound to other brokers end when it takes effect."
                        : "Consents that are bound to other brokers go on."),
            ]
        case .purpose(let purpose): purpose.facts
        case .grant(let grant): grant.facts
        case .enrol(let enrol):
            [Fact("charter", "It enrols under the terms \(enrol.charter.hex).")]
                + enrol.pseudonyms.map { Fact($0.hex, "It enrols the pseudonym \($0.hex).") }
        case .dismiss(let dismiss):
            dismiss.pseudonyms.map { Fact($0.hex, "It ends the pseudonym \($0.hex) and its consent, for good.") }
        case .withdraw(let withdraw): [Fact("purpose", "It ends the purpose \(withdraw.purpose.hex), for good.")]
        case .consent(let consent): consent.facts
        case .revoke(let revoke):
            [Fact("pseudonym", "It ends the consent of the pseudonym \(revoke.pseudonym.hex), for good.")]
        case .erase(let erase):
            [
                Fact("pseudonym", "The pseudonym \(erase.pseudonym.hex) takes back pages, for good."),
                Fact("pages", "\(Words.count(erase.pages.count, "page")) under the consent \(erase.consent.hex)."),
            ]
        case .release(let release): release.facts
        case .outcome(let outcome):
            [
                Fact("grant", "It is about the grant \(outcome.grant.hex)."),
                Fact("model", "The model is \(outcome.model.hex)."),
                Fact(
                    "kept",
                    outcome.disposed
                        ? "The model is disposed of." : "The model is kept until \(Words.time(outcome.keptUntil))."),
            ]
                + (outcome.manifest.map { manifest in
                    [
                        Fact("manifest", "The hash of a stream's manifest is \(manifest.hash.hex)."),
                        Fact(
                            "releases",
                            "The manifest names the releases at entries "
                                + manifest.releases.map { "\($0)" }.joined(separator: ", ") + "."),
                    ]
                } ?? [])
        case .destroyed(let destroyed):
            [
                Fact("broker", "\(names.name(destroyed.broker).shown) signs with \(destroyed.broker.hex)."),
                Fact(
                    "size", "It holds no sub-key of any consent that had ended in the first \(destroyed.size) entries."),
            ]
        case .halt: [Fact("halt", "It stops every release until a resume names it.")]
        case .resume(let resume): resume.halts.map { Fact($0.hex, "It lifts the halt \($0.hex).") }
        }
    }
}

extension Purpose {
    fileprivate var facts: [Fact] {
        [
            Fact("name", "The purpose is called \(Words.quoted(name))."),
            Fact("text", "People who are asked read: \(Words.quoted(text))"),
            Fact("basis", "The legal basis is \(Words.quoted(basis))."),
            Fact("owner", "\(Words.quoted(owner)) answers for it."),
            Fact("takes", "It takes \(Words.list(kinds, apps))."),
            Fact("outputs", "What comes out of it: \(Words.quoted(outputs))"),
            Fact("notice", "A grant under it is live \(Words.span(notice)) after its entry."),
            Fact("pages", "At most \(pages) pages may be released under it each UTC day."),
            Fact("ends", "It ends on \(Words.time(ends))."),
        ]
    }
}

extension Grant {
    fileprivate var facts: [Fact] {
        [
            Fact("job", "The job with the key \(job.hex) may read."),
            Fact("purpose", "It reads for the purpose \(purpose.hex)."),
            Fact("takes", "It reads \(Words.list(kinds, apps))."),
            Fact("days", "It reads recordings of \(Words.day(from)) to \(Words.day(to)), both included."),
            Fact("pages", "It may name at most \(pages) pages each UTC day."),
            Fact("expires", "It expires on \(Words.time(expires))."),
        ]
    }
}

extension Consent {
    fileprivate var facts: [Fact] {
        [
            Fact("pseudonym", "The pseudonym \(pseudonym.hex) consents."),
            Fact("purpose", "It consents to the purpose \(purpose.hex)."),
            Fact("roster", "Its brokers are those of the terms \(rosterHash.hex)."),
            Fact("window", "A day's pages may be answered \(Words.span(window)) after the day's end."),
            Fact("expires", "It expires on \(Words.time(expires))."),
        ]
    }
}

extension Release {
    fileprivate var facts: [Fact] {
        [Fact("grant", "A job asks by the grant \(grant.hex).")]
            + consents.map { part in
                let weeks = part.ids.count { $0.monday != nil }
                return Fact(
                    part.consent.hex,
                    "\(Words.count(part.ids.count - weeks, "page")) and \(Words.count(weeks, "index week")) under the consent "
                        + "\(part.consent.hex).")
            }
    }
}
