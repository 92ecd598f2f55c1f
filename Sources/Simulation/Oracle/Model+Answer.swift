import Rules
import Sealing

/// Stopping statements that a broker has acknowledged.
struct HeldStops: Sendable {
    var revoked: Set<VerifyingKey> = []
    var erased: [(by: VerifyingKey, consent: Hash256, pages: Set<PageID>)] = []
    var halts: Set<Hash256> = []

    mutating func hold(_ statement: Statement, _ hash: Hash256) {
        switch statement {
        case .revoke(let revoke): revoked.insert(revoke.pseudonym)
        case .erase(let erase): erased.append((erase.pseudonym, erase.consent, Set(erase.pages)))
        case .halt: halts.insert(hash)
        default: break
        }
    }
}

extension Model {
    /// Why a broker whose clock shows `now` must not answer this position (Design, "A release, step by step", step 3);
    /// nil if it may answer.
    func forbids(
        release hash: Hash256, position: Int, kind: String, app: String, day: UInt32, now: Milliseconds,
        stops: HeldStops
    ) -> String? {
        guard let (release, entered) = releases[hash] else { return "no such release was accepted" }
        guard clock <= now + terms.tolerance else { return "entries are stamped beyond its clock" }
        let time = max(entered, now)
        if time > entered + 86_400_000 { return "the release is older than a day" }
        let ids = release.consents.flatMap { part in part.ids.map { (part.consent, $0) } }
        guard position < ids.count else { return "the release has no such position" }
        let (consentHash, id) = ids[position]
        guard let (grant, live) = grants[release.grant], let purpose = purposes[grant.purpose],
            let consent = consents[consentHash]
        else { return "grant, purpose or consent is missing" }
        if isHalted || !stops.halts.isSubset(of: lifted) { return "halted" }
        if !isLive(consent: consentHash, at: time) { return "the consent has ended" }
        if stops.revoked.contains(consent.pseudonym) { return "it holds the revoke" }
        if !isLive(purpose: grant.purpose, at: time) { return "the purpose has ended" }
        if time < live || time >= grant.expires { return "the grant is not live" }
        if isErased(id, under: consentHash) { return "the page was erased" }
        if stops.erased.contains(where: {
            $0.by == consent.pseudonym && $0.consent == consentHash && $0.pages.contains(id)
        }) {
            return "it holds the erase"
        }
        if let monday = id.monday {
            if kind != "index" || !app.isEmpty || day != monday { return "an index is asked for as something else" }
            return UInt64(monday) * 86_400_000 <= time ? nil : "the week has not begun"
        }
        if !(purpose.kinds.map(\.rawValue).contains(kind) && grant.kinds.map(\.rawValue).contains(kind)) {
            return "the kind is not granted"
        }
        if !(purpose.apps.map(\.string).contains(app) && grant.apps.map(\.string).contains(app)) {
            return "the app is not granted"
        }
        if day < grant.from || day > grant.to { return "the day is not granted" }
        if (UInt64(day) + 1) * 86_400_000 + consent.window > time { return "the review window has not passed" }
        return nil
    }
}
