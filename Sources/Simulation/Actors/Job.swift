import Crypto
import Ledger
import Messages
import Rules
import Sealing

/// The training job, and anyone with its key: it logs releases, asks brokers, lies, repeats asks and combines the
/// answers.
final class Job {
    struct Release {
        let filing: Filing
        let person: Person
        /// The page at each position; nil for an index week.
        let pages: [Person.Made?]
        let roster: Hash256
        var recipient: String
        /// The answered partials, by the position's x and by broker.
        var partials: [Hash256: [String: [Bytes]]] = [:]
    }

    var releases: [Release] = []
    var opened: Set<Hash256> = []
    var sessions: [JobsSession] = []
}

extension World {
    /// Names some pages of one person under a grant.
    func makeRelease() throws -> Filing? {
        guard let grant = random.pick(office.grants), let person = random.pick(people.filter { $0.consent != nil }),
            let consent = person.consent, case .consent(let statement) = consent.statement,
            case .grant(let terms) = grant.statement
        else { return nil }
        let count = 1 + random.below(3)
        var pages: [Person.Made?] = []
        for _ in 0..<count { pages.append(random.pick(person.pages)) }
        var ids = Set(pages.compactMap { $0?.id })
        if random.oneIn(4) { ids.insert(.week(terms.from.monday)) }
        let recipient = random.oneIn(8) ? Cast.recipients[1] : Cast.recipients[0]
        let part = Rules.Release.Part(consent: consent.hash, ids: ids)
        let release = Rules.Release(
            heading: heading(), grant: grant.hash, recipient: try Cast.sealingKey(recipient).publicKey,
            consents: [part])
        let signer = random.oneIn(12) ? Cast.stranger : Cast.job
        let filing = file(release, "release \(job.releases.count)", by: [signer])
        job.releases.append(
            Job.Release(
                filing: filing, person: person, pages: part.ids.map { id in person.pages.first { $0.id == id } },
                roster: statement.rosterHash, recipient: recipient))
        return filing
    }

    /// Asks brokers for some positions of a release, truthfully or with a lie.
    func sendAsk(about number: Int, to brokers: [String]) throws {
        let release = job.releases[number]
        guard case .release(let statement) = release.filing.statement, let part = statement.consents.first else {
            return
        }
        var isTrue = true
        var positions: [AskPosition] = []
        let only = random.oneIn(3) ? nil : random.below(release.pages.count)
        for (at, page) in release.pages.enumerated() where only == nil || only == at {
            var (kind, app, day) = ("index", "", part.ids[at].monday ?? 0)
            if let page { (kind, app, day) = (page.kind.rawValue, page.app, page.day) }
            if random.oneIn(20) {
                isTrue = false
                switch random.below(3) {
                case 0: kind = random.pick(["keys", "screen", "window", "index"]) ?? kind
                case 1: app = random.pick(["code", "xterm", "mail"]) ?? app
                default: day = day &- 1
                }
            }
            positions.append(AskPosition(at: UInt32(at), kind: kind, app: app, day: day))
        }
        if random.oneIn(24) {
            positions.append(
                AskPosition(at: UInt32(release.pages.count), kind: "keys", app: "code", day: Day(of: time.now) - 3))
            isTrue = false
        }
        guard !positions.isEmpty else { return }
        let signer = random.oneIn(12) ? Cast.stranger : Cast.job
        var recipient = release.recipient
        if random.oneIn(24), let other = Cast.recipients.first(where: { $0 != recipient }) {
            recipient = other
            isTrue = false
        }
        let ask = Ask(
            origin: Cast.origin, release: release.filing.hash, recipient: try Cast.sealingKey(recipient).publicKey,
            positions: positions)
        let note = try SignedNote.message(ask.text, by: Cast.key(signer)).encoded
        let isInSession = random.oneIn(2)
        for broker in brokers {
            let key = try Cast.sealingKey(broker).publicKey
            let info = HPKEInfo.statement(.ask, origin: Cast.origin, statement: ask.release, recipient: key)
            let body = ask.release.bytes + (try SealedBox.seal(note, to: key, info: info))
            let question = Question(
                broker: broker, release: release.filing, ask: ask, signer: signer, isTrue: isTrue, body: body)
            if isInSession {
                try sendInSession(question, about: number, recipient: recipient)
            } else {
                send(.ask(question), from: Cast.job, to: broker)
            }
        }
    }

    /// Takes an answer and combines what it can. If a page opens, an honest broker must have answered for it too.
    func take(_ question: Question, _ box: Bytes) throws {
        guard let number = job.releases.firstIndex(where: { $0.filing.hash == question.release.hash }),
            let shapes = oracle.history.shapes(of: job.releases[number].roster)
        else { return }
        let release = job.releases[number]
        let seat = Cast.seat(question.broker)
        guard case .release(let statement) = release.filing.statement, let part = statement.consents.first,
            let partials = try partials(
                in: box, question, release, masks: shapes[seat.group].masks(heldBy: seat.number).count)
        else { return count("answers that did not open") }
        trace("  opened \(question.broker)'s answer: \(Hash256(of: partials.flatMap { $0.flatMap { $0 } }).prefix8)")
        for (i, position) in question.ask.positions.enumerated() where Int(position.at) < release.pages.count {
            guard let page = release.pages[Int(position.at)] else { continue }
            let x = ReplicatedPRF.x(
                consent: part.consent, page: page.id, kind: position.claim.kind,
                app: position.claim.app, day: position.claim.day)
            job.releases[number].partials[x, default: [:]][question.broker] = partials[i]
            try open(page, x, at: position, of: release.person, part.consent, number, shapes)
        }
    }

    private func partials(in box: Bytes, _ question: Question, _ release: Job.Release, masks: Int) throws -> [[Bytes]]?
    {
        guard let id = question.session else {
            return try? SealedAnswer(
                opening: box, with: try Cast.sealingKey(release.recipient), to: question.ask,
                broker: Cast.publicKey(question.broker), masks: masks
            ).partials
        }
        return job.sessions.first { $0.id == id }?.take(box, masks: masks)
    }

    private func open(
        _ page: Person.Made, _ x: Hash256, at position: AskPosition, of person: Person, _ consent: Hash256,
        _ number: Int, _ shapes: [GroupShape]
    ) throws {
        let answers = job.releases[number].partials[x] ?? [:]
        var byGroup: [[Bytes]] = []
        var allHonest = true
        for (group, shape) in shapes.enumerated() {
            var byMask: [UInt16: Bytes] = [:]
            for broker in answers.keys.sorted() where Cast.seat(broker).group == group {
                if plan.liars.contains(broker) { allHonest = false }
                for (mask, partial) in zip(shape.masks(heldBy: Cast.seat(broker).number), answers[broker] ?? []) {
                    byMask[mask] = byMask[mask] ?? partial
                }
            }
            guard byMask.count == shape.masks.count else { return }
            byGroup.append(shape.masks.compactMap { byMask[$0] })
        }
        let key = ReplicatedPRF.combine(byGroup, consent: consent, x: x)
        let items = try? Page.open(
            page.sealed, x: page.x, key: key, pseudonym: Cast.publicKey(person.name), kind: page.kind,
            app: try AppName(page.app), day: page.day)
        guard items != nil else {
            count(x == page.x ? "pages that liars spoiled" : "lies that opened nothing")
            return oracle.expect(
                !allHonest || x != page.x, "honest answers to a true question do not open \(person.name)'s page")
        }
        oracle.expect(x == page.x, "a lie has opened a page")
        oracle.expect(oracle.evaluated.contains(x), "a page opened that no honest broker gave")
        if job.opened.insert(x).inserted { count("pages opened") }
        trace("  \(person.name)'s page of day \(page.day) opens")
    }
}
