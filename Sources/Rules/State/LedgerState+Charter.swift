import Sealing

/// Charter, amendments, enrolment.
extension LedgerState {
    mutating func admit(_ charter: Charter, _ hash: Hash256, _ mark: LogPosition) throws(Refusal) {
        try charter.terms.check()
        enforce(charter.terms, hash: hash, mark: mark, since: mark.time, ends: false)
    }

    mutating func admit(_ amend: Amend, _ hash: Hash256, _ mark: LogPosition) throws(Refusal) {
        guard let charter else { return }
        try require(amend.amends == charter.hash, "amend.amends", "The amendment does not amend the charter in force.")
        try require(pending == nil, "amend.pending", "Another amendment is waiting for its notice to pass.")
        try amend.terms.check()
        try require(
            amend.terms.version >= charter.terms.version, "charter.version",
            "An amendment cannot go back to an earlier version of the rules.")
        for (key, role) in amend.terms.roles {
            try require(
                roles[key] == nil || roles[key] == role, "charter.keys",
                "A key already had another role; a key has only one.")
        }
        // Reserve the keys now, so that no other statement can give one another role while the notice runs.
        for (key, role) in amend.terms.roles { take(role, key) }
        let notice = max(amend.notice, charter.terms.minimumNotice)
        pending = PendingAmendment(effective: mark.time + notice, hash: hash, amend: amend, mark: mark)
    }

    mutating func admit(_ enrol: Enrol, _ mark: LogPosition) throws(Refusal) {
        try require(enrol.charter == charter?.hash, "enrol.charter", "The enrolment is not under the charter in force.")
        try require(
            enrol.pseudonyms.allSatisfy(\.isEnrollable), "enrol.pseudonyms",
            "A key is not canonical, or not in the prime-order group.")
        try require(
            enrol.pseudonyms.allSatisfy { roles[$0] == nil }, "enrol.known", "A pseudonym is already known.")
        for pseudonym in enrol.pseudonyms {
            pseudonyms[pseudonym, default: PseudonymRecord()].enrolled = mark
            take(.pseudonym, pseudonym)
        }
    }

    /// Also accepted before the pseudonyms are enrolled: a dismissed pseudonym stays dismissed.
    mutating func admit(_ dismiss: Dismiss, _ mark: LogPosition) {
        for pseudonym in dismiss.pseudonyms where pseudonyms[pseudonym]?.dismissed == nil {
            pseudonyms[pseudonym, default: PseudonymRecord()].dismissed = mark
        }
    }
}
