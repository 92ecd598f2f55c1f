import Rules
import Sealing

/// The statements of a large log, unsigned, in order. It models just enough of the rules to know which are accepted.
struct LargeLogPlan {
    /// Sunday 2026-09-27.
    static let start: Milliseconds = 1_790_467_200_000

    private let count: Int
    private let growth: LargeLog.Growth
    private let end: Milliseconds
    private var made = 0
    private var generator: SeededGenerator
    private var queue: [PlannedEntry] = []

    private struct Subject {
        let consent: Hash256
        let key: SigningKey
        let number: Int
    }
    private struct Lease {
        let hash: Hash256
        let purpose: Int
        let job: String
        let live: Milliseconds
        let expires: Milliseconds
    }
    private struct Aim {
        let hash: Hash256
        var subjects: [Subject] = []
        var isLive = true
    }

    private var purposes: [Aim] = []
    private var grants: [Lease] = []
    private var narrow: Lease?
    private var waiting: [(name: Int, key: SigningKey)] = []
    private var revoked: [(purpose: Int, subject: Subject)] = []
    private var halt: (hash: Hash256, at: Int)?
    private var last: PlannedEntry?
    private var people = 0
    private let charter: Charter
    private let keys: [String: SigningKey]
    private let recipients: [SealingPublicKey]

    init(_ log: LargeLog) {
        count = log.count
        growth = log.growth
        end = log.end
        generator = SeededGenerator(seed: log.seed)
        let scenario = Scenario(now: Self.start)
        charter = scenario.charter
        let jobs = (0..<Self.jobs).map { "job \($0)" }
        let names = Scenario.names(signing: scenario.terms) + jobs
        keys = Dictionary(uniqueKeysWithValues: names.map { ($0, Scenario.key($0)) })
        recipients = jobs.compactMap { try? Scenario.sealingKey($0).publicKey }
        queue = Scenario.names(signing: scenario.terms).reduce(into: []) { signers, name in
            if let key = keys[name] { signers.append(key) }
        }.withEntry(charter.text, at: Self.start)
        enrol()
        for number in 0..<4 { purpose(number) }
        for number in 0..<Self.jobs { grant(purpose: number % 4, job: "job \(number)") }
        narrow = lease(purpose: 0, job: "job 0", pages: 1)
    }

    private static let jobs = 6
    private static let brokers = ["acme-1", "acme-2", "acme-3", "council-1"]
    private static let notice: Milliseconds = 3_600_000
    /// The time until the first grants are live and their days are over.
    private static let quiet: Milliseconds = 7_200_000

    /// The stamp of the next entry.
    private var now: Milliseconds {
        let setUp = 16
        let place = made + queue.count
        if place < setUp { return Self.start + Milliseconds(clamping: place) }
        let span = end - Self.start - Self.quiet
        return Self.start + Self.quiet + span / max(1, count - setUp) * (place - setUp)
    }

    /// The next `wanted` entries, or fewer at the end of the log.
    mutating func next(_ wanted: Int) -> [PlannedEntry] {
        let wanted = min(wanted, count - made)
        while queue.count < wanted { step() }
        defer {
            queue.removeFirst(wanted)
            made += wanted
        }
        return Array(queue.prefix(wanted))
    }

    // MARK: One statement

    private mutating func step() {
        if waiting.isEmpty && !isFull { return enrol() }
        if let halted = halt, made + queue.count > halted.at + 20 { return resume(halted.hash) }
        switch Int.random(in: 0..<1_000, using: &generator) {
        case 0..<180: if isFull { release() } else { consent() }
        case 180..<240: erase()
        case 240..<280: if growth == .steady { release() } else { revoke() }
        case 280..<295: outcome()
        case 295..<335: destroyed()
        case 335..<345: grant(purpose: Int.random(in: 0..<purposes.count, using: &generator), job: job())
        case 345..<348: if growth == .steady { release() } else { dismiss() }
        case 348..<350: if purposes.count < 12, growth == .people { purpose(purposes.count) } else { consent() }
        case 350 where purposes.count > 6: withdraw()
        case 351 where made > 1_000: stop()
        case 352..<392: refused()
        default: release()
        }
    }

    /// Whether no more people join.
    private var isFull: Bool { growth == .steady && people >= Enrol.maximumPseudonyms && waiting.isEmpty }

    private func job() -> String { "job \((made + queue.count) % Self.jobs)" }

    private mutating func push(_ statement: some StatementContent, by signers: [SigningKey]) {
        let entry = PlannedEntry(stamp: now, text: statement.text, signers: signers)
        last = entry
        queue.append(entry)
    }

    private mutating func push(_ statement: some StatementContent, by names: [String]) {
        push(statement, by: names.compactMap { keys[$0] })
    }

    private mutating func heading(isStopping: Bool = false) -> Heading {
        let id = ID128(generator.bytes(16))
        return Heading(origin: Scenario.origin, id: id, until: isStopping ? nil : now + 1_800_000)
    }

    private mutating func enrol() {
        let batch = (0..<Enrol.maximumPseudonyms).map { (people + $0, Scenario.key("person \(people + $0)")) }
        people += batch.count
        waiting += batch.map { (name: $0.0, key: $0.1) }.reversed()
        push(
            Enrol(heading: heading(), charter: charter.hash, pseudonyms: batch.map(\.1.publicKey)), by: ["desk"])
    }

    private mutating func purpose(_ number: Int) {
        let names = ["Completion", "Screen agent", "Accessibility", "Search ranking"]
        let purpose = Purpose(
            heading: heading(), name: names[number % 4] + (number < 4 ? "" : " \(number / 4 + 1)"),
            text: "Train a model.", basis: "consent", owner: "Research", kinds: Scenario.kinds,
            apps: Scenario.names(Scenario.apps), outputs: "One model.", notice: Self.notice, pages: 1_099_511_627_776,
            ends: end + 60 * millisecondsPerDay)
        purposes.append(Aim(hash: purpose.hash))
        push(purpose, by: Scenario.reviewers)
    }

    private mutating func lease(purpose: Int, job: String, pages: SaturatingUInt64) -> Lease {
        let expires = growth == .steady && pages > 1 ? now + 2 * millisecondsPerDay : end + 30 * millisecondsPerDay
        let days = Day(of: Self.start)
        let grant = Grant(
            heading: heading(), purpose: purposes[purpose].hash, job: keys[job]?.publicKey ?? charter.terms.ledgerKey,
            kinds: Scenario.kinds, apps: Scenario.names(Scenario.apps), from: days - 10, to: Day(of: end), pages: pages,
            expires: expires)
        let live = now + Self.notice
        push(grant, by: [job] + Scenario.reviewers)
        return Lease(hash: grant.hash, purpose: purpose, job: job, live: live, expires: expires)
    }

    private mutating func grant(purpose: Int, job: String) {
        guard purposes[purpose].isLive else { return consent() }
        grants.append(lease(purpose: purpose, job: job, pages: 1_099_511_627_776))
    }

    private mutating func consent() {
        if isFull { return destroyed() }
        let live = purposes.indices.filter { purposes[$0].isLive }
        guard let purpose = live.randomElement(using: &generator), let person = waiting.popLast() else {
            return enrol()
        }
        let consent = Consent(
            heading: heading(), pseudonym: person.key.publicKey, purpose: purposes[purpose].hash,
            rosterHash: charter.hash, subKeys: Hash256(of: generator.bytes(32)),
            scope: Hash256(of: generator.bytes(32)),
            window: 3_600_000, expires: now + 85 * millisecondsPerDay)
        purposes[purpose].subjects.append(Subject(consent: consent.hash, key: person.key, number: person.name))
        push(consent, by: [person.key])
    }

    private mutating func revoke() {
        guard let (purpose, place) = anyone() else { return consent() }
        let subject = purposes[purpose].subjects.swapRemove(at: place)
        revoked.append((purpose, subject))
        if revoked.count > 64 { revoked.removeFirst(32) }
        push(Revoke(heading: heading(isStopping: true), pseudonym: subject.key.publicKey), by: [subject.key])
    }

    private mutating func dismiss() {
        guard let (purpose, place) = anyone() else { return consent() }
        let subject = purposes[purpose].subjects.swapRemove(at: place)
        push(Dismiss(heading: heading(isStopping: true), pseudonyms: [subject.key.publicKey]), by: ["desk"])
    }

    private mutating func erase() {
        guard let (purpose, place) = anyone() else { return consent() }
        let subject = purposes[purpose].subjects[place]
        let pages = [page(of: subject), page(of: subject)]
        push(
            Erase(
                heading: heading(isStopping: true), pseudonym: subject.key.publicKey, consent: subject.consent,
                pages: pages),
            by: [subject.key])
    }

    private mutating func anyone() -> (purpose: Int, place: Int)? {
        let full = purposes.indices.filter { purposes[$0].isLive && purposes[$0].subjects.count > 8 }
        guard let purpose = full.randomElement(using: &generator) else { return nil }
        return (purpose, Int.random(in: 0..<purposes[purpose].subjects.count, using: &generator))
    }

    private mutating func withdraw() {
        guard let purpose = purposes.indices.filter({ purposes[$0].isLive }).last, purpose >= 4 else {
            return consent()
        }
        purposes[purpose].isLive = false
        grants.removeAll { $0.purpose == purpose }
        push(Withdraw(heading: heading(isStopping: true), purpose: purposes[purpose].hash), by: Scenario.reviewers)
    }

    private mutating func stop() {
        guard halt == nil else { return consent() }
        let statement = Halt(heading: heading(isStopping: true))
        halt = (statement.hash, made + queue.count)
        push(statement, by: ["security"])
    }

    private mutating func resume(_ hash: Hash256) {
        halt = nil
        push(Resume(heading: heading(), halts: [hash]), by: Scenario.reviewers)
    }

    private mutating func destroyed() {
        let broker = Self.brokers[(made + queue.count) % 4]
        let size = SaturatingUInt64(clamping: made + queue.count)
        push(
            Destroyed(heading: heading(), broker: keys[broker]?.publicKey ?? charter.terms.ledgerKey, size: size),
            by: [broker])
    }

    private mutating func outcome() {
        guard let lease = grants.randomElement(using: &generator) else { return consent() }
        push(
            Outcome(
                heading: heading(), grant: lease.hash, model: Hash256(of: generator.bytes(32)),
                keptUntil: now + 20 * millisecondsPerDay, disposed: Bool.random(using: &generator)),
            by: [lease.job])
    }

    // MARK: Releases

    private mutating func release() {
        let live = grants.suffix(64).filter {
            $0.live <= now && now < $0.expires && purposes[$0.purpose].subjects.count > 8
        }
        guard let lease = live.randomElement(using: &generator) else { return consent() }
        let subjects = (0..<Int.random(in: 1...4, using: &generator)).compactMap { _ in
            purposes[lease.purpose].subjects.randomElement(using: &generator)
        }
        push(release(lease, subjects), by: [lease.job])
    }

    private mutating func release(_ lease: Lease, _ subjects: [Subject]) -> Release {
        var parts: [Hash256: [PageID]] = [:]
        let week = PageID.week((Day(of: now) - 3).monday)
        for subject in subjects {
            parts[subject.consent] =
                (0..<Int.random(in: 1...8, using: &generator)).map { _ in page(of: subject) } + [week]
        }
        let number = Int(lease.job.dropFirst(4)) ?? 0
        return Release(
            heading: heading(), grant: lease.hash, recipient: recipients[number],
            consents: parts.map { Release.Part(consent: $0.key, ids: $0.value) })
    }

    /// One of a person's forty pages.
    private mutating func page(of subject: Subject) -> PageID {
        var pages = SeededGenerator(
            seed: UInt64(subject.number) << 8 | UInt64.random(in: 0..<40, using: &generator))
        return (try? PageID(pages.bytes(16))) ?? .zero
    }

    /// A mistake of a job or a person.
    private mutating func refused() {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
            guard let (purpose, subject) = revoked.last,
                let lease = grants.suffix(64).first(where: { $0.purpose == purpose && $0.live <= now })
            else { return consent() }
            push(release(lease, [subject]), by: [lease.job])
        case 1:
            guard let narrow, narrow.live <= now, let subject = purposes[0].subjects.last else { return consent() }
            push(release(narrow, [subject]), by: [narrow.job])
        case 2:
            guard let again = last else { return consent() }
            queue.append(PlannedEntry(stamp: now, text: again.text, signers: again.signers))
        default:
            guard let (purpose, place) = anyone() else { return consent() }
            let subject = purposes[purpose].subjects[place]
            let consent = Consent(
                heading: heading(), pseudonym: subject.key.publicKey, purpose: purposes[purpose].hash,
                rosterHash: charter.hash, subKeys: Hash256(of: generator.bytes(32)),
                scope: Hash256(of: generator.bytes(32)), window: 3_600_000, expires: now + millisecondsPerDay)
            push(consent, by: [subject.key])
        }
    }
}

extension Array where Element == SigningKey {
    fileprivate func withEntry(_ text: Bytes, at stamp: Milliseconds) -> [PlannedEntry] {
        [PlannedEntry(stamp: stamp, text: text, signers: self)]
    }
}

extension Array {
    /// Removes an element and moves only the last one.
    fileprivate mutating func swapRemove(at place: Int) -> Element {
        let element = self[place]
        let last = removeLast()
        if place < count { self[place] = last }
        return element
    }
}
