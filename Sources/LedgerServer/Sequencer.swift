import HTTPTypes
import Ledger
import Logging
package import Messages
import Replica
import Rules
package import Sealing
import ServiceLifecycle
import Serving

/// The only writer of the ledger: it pools statements, judges and commits them as a batch, has the checkpoint cosigned,
/// publishes it and answers.
package actor Sequencer: Service {
    let writer: LogWriter
    private let tiles: TileDirectory
    /// The charter, which is the first entry of an empty log.
    private let charter: CharterFile
    private let cosigners: Cosigners
    private let copy: NewestCopy
    private let settings: Settings
    private let stop: FatalStop
    private let counts: LedgerMetrics
    private let logger: Logger
    let now: @Sendable () -> Milliseconds

    private(set) var state: LedgerState
    private var admission = Admission()
    private(set) var queue: [Queued] = []
    private var waiting: [Waiting] = []
    /// Those who wait for the first entry.
    private var beginning: [CheckedContinuation<Void, any Error>] = []
    private(set) var published: (note: SignedNote, size: UInt64)?
    /// The last checkpoint that a quorum cosigned since this process started. Without one nothing is signed: the log
    /// could be an old copy, and the next entry the second one of its index.
    private(set) var confirmed: VerifiedCheckpoint?
    /// The terms without an entry so far whose cosigners were asked since this process started.
    private var asked: CharterTerms?
    /// What has ended this sequencer.
    private var failure: CofferError?
    private var lastAttempt: Milliseconds = 0
    private var lastFailed = false
    private var didLogOtherKey = false
    private var didLogClocks = false

    private nonisolated let wake: AsyncStream<Void>
    private nonisolated let waker: AsyncStream<Void>.Continuation

    init(
        writer: LogWriter, charter: CharterFile, state: LedgerState, published: (SignedNote, UInt64)?,
        cosigners: Cosigners, settings: Settings, stop: FatalStop, counts: LedgerMetrics, logger: Logger,
        now: @escaping @Sendable () -> Milliseconds
    ) {
        self.writer = writer
        self.tiles = writer.tiles
        self.charter = charter
        self.state = state
        self.published = published
        self.cosigners = cosigners
        self.copy = NewestCopy(writer: writer, cosigners: cosigners, logger: logger)
        self.settings = settings
        self.stop = stop
        self.counts = counts
        self.logger = logger
        self.now = now
        (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: Requests

    /// Logs a statement; returns after a quorum has cosigned it. One that is published already is answered beside the
    /// actor, so that repeated statements, which are public, delay no others.
    package nonisolated func append(_ body: Bytes) async throws -> AppendAnswer {
        let candidate = try counting { () throws(ServerFailure) in try Admission.Candidate(body) }
        guard let logged = try await logged(candidate) else { return try await queue(candidate) }
        let stamp = try Self.stamp(of: logged.index, size: logged.size, in: tiles)
        let verdict = Verdict.accepted(candidate.hash)
        guard let published = logged.published, logged.index < published.size else {
            return try await published(logged.index, stamp, verdict)
        }
        return try Self.answer(
            Answered(index: logged.index, time: stamp, verdict: verdict, isDuplicate: true), published,
            in: tiles.tree(size: published.size))
    }

    /// Where an accepted statement stands, if it is logged already.
    private func logged(_ candidate: Admission.Candidate) async throws -> Logged? {
        try await begun()
        try counting { () throws(ServerFailure) in
            try Admission.check(candidate, in: state)
            // Nobody is told for good that a statement came too late by a clock that may be wrong.
            if let until = candidate.until, until < now(), !isClockSound { throw ServerFailure.clocksApart }
        }
        guard let index = state.index(of: candidate.hash) else { return nil }
        counts.duplicates.add()
        return Logged(index: index, size: writer.size, published: published)
    }

    /// Waits until a logged entry is published.
    private func published(_ index: UInt64, _ stamp: Milliseconds, _ verdict: Verdict) async throws -> AppendAnswer {
        try await withCheckedThrowingContinuation { answer in
            waiting.append(
                Waiting(Answered(index: index, time: stamp, verdict: verdict, isDuplicate: true), answer: answer))
            answerPublished()
        }
    }

    private func queue(_ candidate: Admission.Candidate) async throws -> AppendAnswer {
        // The queue keeps room for stops.
        let room = candidate.isStopping ? settings.longestQueue : settings.longestQueue / 4 * 3
        try counting { () throws(ServerFailure) in
            guard queue.count < room else {
                throw .tryLater("The ledger's queue of statements is full.")
            }
            // Between two looks at the state it may have been logged; then it is found in the batch.
            if state.index(of: candidate.hash) == nil { try admission.admit(candidate, in: state, now: now()) }
        }
        return try await withCheckedThrowingContinuation { answer in
            queue.append(Queued(candidate: candidate, answer: answer))
            waker.yield()
        }
    }

    /// Returns when the log has its charter.
    private func begun() async throws {
        guard writer.size == 0 else { return }
        waker.yield()
        try await withCheckedThrowingContinuation { beginning.append($0) }
    }

    /// Counts the statements that are not taken.
    private nonisolated func counting<R>(_ admitted: () throws(ServerFailure) -> R) throws(ServerFailure) -> R {
        do throws(ServerFailure) { return try admitted() } catch {
            counts.rejected.add()
            throw error
        }
    }

    // MARK: The loop

    /// Runs until the process shuts down; queued requests are still answered.
    package func run() async throws {
        let ticker = Task { [waker] in
            while !Task.isCancelled {
                waker.yield()
                try? await Task.sleep(for: .seconds(1))
            }
        }
        defer { ticker.cancel() }
        try await withGracefulShutdownHandler {
            for await _ in wake {
                try await pool()
                try await turn()
            }
            try await turn()
        } onGracefulShutdown: {
            self.waker.finish()
        }
        fail(queued: .tryLater("The ledger is shutting down."))
    }

    /// The state at the published checkpoint; nil while later entries wait for a quorum.
    var snapshot: LedgerSnapshot? {
        guard let published, published.size == state.size, published.size == writer.size,
            let checkpoint = try? Checkpoint(parsing: published.note.text), let frontier = try? writer.tree.frontier(),
            frontier.root == checkpoint.root
        else { return nil }
        return LedgerSnapshot(state: state, frontier: frontier)
    }

    /// The number of requests that wait for an answer.
    package var outstanding: Int { queue.count + waiting.count + beginning.count }

    /// Waits while statements keep arriving, so that many clients share a checkpoint; a single client's statement is
    /// not delayed.
    private func pool() async throws {
        let end = ContinuousClock.now + settings.pooling
        var before = 0
        while before < queue.count, queue.count < settings.largestBatch, ContinuousClock.now < end {
            before = queue.count
            try await Task.sleep(for: min(settings.settling, settings.pooling))
        }
    }

    /// One turn: a batch, or another attempt to publish the committed checkpoint, or new cosignatures for an idle
    /// checkpoint.
    ///
    /// `run` calls it; a simulation calls it step by step.
    package func turn() async throws {
        do throws(CofferError) {
            if let failure { throw failure }
            try await step()
        } catch {
            failure = error
            fail(queued: .stopped)
            fail(waiting: .stopped)
            stop.fail(error)
            throw error
        }
    }

    private func step() async throws(CofferError) {
        if lastFailed, now() < lastAttempt + settings.retryInterval, now() >= lastAttempt {
            return fail(queued: .noQuorum)
        }
        if writer.size == 0 {
            guard try await isNewest(under: charter.terms) else { return fail(queued: .noQuorum) }
            guard try await isTimely() else { return fail(queued: .clocksApart) }
            try commitCharter()
            for one in beginning { one.resume() }
            beginning = []
        }
        if isUnpublished || confirmed == nil, !(try await publish(waitsForLateCosigners: confirmed == nil)) {
            return fail(queued: .noQuorum)
        }
        if !queue.isEmpty, isOurs {
            if let terms = state.terms(at: now()), terms != state.charter?.terms {
                guard try await isNewest(under: terms) else { return fail(queued: .noQuorum) }
            }
            guard try await isTimely() else { return fail(queued: .clocksApart) }
            try io { () throws(LogError) in try commit() }
            _ = try await publish(waitsForLateCosigners: false)
        } else if isIdle {
            _ = try await publish(waitsForLateCosigners: true)
        }
    }

    /// Whether a quorum of the cosigners in terms that no entry is under yet knows no more than this log.
    private func isNewest(under terms: CharterTerms) async throws(CofferError) -> Bool {
        if asked == terms { return true }
        lastAttempt = now()
        guard try await copy.isNewest(under: terms) else {
            missQuorum()
            return false
        }
        lastFailed = false
        asked = terms
        return true
    }

    private func missQuorum() {
        if !lastFailed { logger.say(.warning, .noQuorum, [.size: .number(writer.size)]) }
        counts.quorumFailures.add()
        lastFailed = true
    }

    /// Logs the charter as entry 0 of a new log.
    private func commitCharter() throws(CofferError) {
        let entry = Entry(stamp: now(), note: charter.note.encoded)
        var next = state
        if case .refused(let refusal) = next.apply(entry) { throw CofferError(charterRefused: refusal) }
        try io { () throws(LogError) in _ = try writer.append([entry.encoded]) }
        state = next
    }

    /// Whether this process's key signs the checkpoint of the next entry. If an amendment has named another key, queued
    /// statements are refused, and the checkpoint is still cosigned until the process with the new key takes over.
    private var isOurs: Bool {
        if state.terms(at: now())?.ledgerKey == writer.key.key { return true }
        if !didLogOtherKey { logger.say(.critical, .otherKeyInForce) }
        didLogOtherKey = true
        fail(
            queued: .tryLater(
                "The charter in force names another ledger key; send this to the server with that key.", after: 30))
        return false
    }

    private var isUnpublished: Bool { writer.size > published?.size ?? 0 }
    private var isIdle: Bool { writer.size > 0 && now() >= lastAttempt + settings.idleInterval || now() < lastAttempt }
    /// Whether the stamp that an entry gets now agrees with the clocks of a quorum, asked since this process started. A
    /// signed stamp is never taken back, so this is checked before the signature.
    private func isTimely() async throws(CofferError) -> Bool {
        if isClockSound { return true }
        // The last cosignatures may be old. The same tree again says nothing new.
        _ = try await publish(waitsForLateCosigners: false)
        return isClockSound
    }

    var terms: CharterTerms { state.charter?.terms ?? charter.terms }

    /// Stamps, judges and commits the queued statements. A statement that was accepted meanwhile is not logged again.
    private func commit() throws(LogError) {
        let batch = queue.prefix(settings.largestBatch)
        var taken = 0
        var entries: [Bytes] = []
        var judged: [Waiting] = []
        var next = state
        let stamp = max(now(), state.clock)
        for queued in batch {
            taken += 1
            let hash = queued.candidate.hash
            if let index = next.index(of: hash) {
                counts.duplicates.add()
                let earlier = index < state.size ? try? Self.stamp(of: index, size: writer.size, in: tiles) : stamp
                guard let time = earlier else {
                    queued.answer.resume(throwing: ServerFailure.tryLater("The ledger cannot read its tiles."))
                    continue
                }
                judged.append(
                    Waiting(
                        Answered(index: index, time: time, verdict: .accepted(hash), isDuplicate: true),
                        answer: queued.answer))
                continue
            }
            // Another statement of this batch may have stopped the same.
            if queued.candidate.isStopping, let refusal = next.refusal(ofStop: queued.candidate.note) {
                counts.rejected.add()
                queued.answer.resume(throwing: ServerFailure.refused(refusal.rule, refusal.message))
                continue
            }
            let index = next.size
            let verdict = next.apply(queued.candidate.note, stamp: stamp)
            (verdict.isAccepted ? counts.accepted : counts.refused).add()
            entries.append(Entry(stamp: stamp, note: queued.candidate.bytes).encoded)
            judged.append(
                Waiting(
                    Answered(index: index, time: stamp, verdict: verdict, isDuplicate: false), answer: queued.answer))
            // The old terms must verify an amendment before it replaces them.
            if next.announced?.mark.index == index { break }
        }
        queue.removeFirst(taken)
        do throws(LogError) {
            if !entries.isEmpty {
                _ = try writer.append(entries)
                counts.batch.observe(Double(entries.count))
                logger.say(.debug, .batch, [.count: .number(entries.count), .size: .number(next.size)])
            }
        } catch {
            for waiting in judged { waiting.answer.resume(throwing: ServerFailure.stopped) }
            throw error
        }
        state = next
        waiting += judged
        if !queue.isEmpty { waker.yield() }
    }

    /// Has the committed checkpoint cosigned, and publishes it. Without a quorum nothing is published, and waiting
    /// clients are told to try later.
    private func publish(waitsForLateCosigners: Bool) async throws(CofferError) -> Bool {
        lastAttempt = now()
        let (size, terms) = (writer.size, terms)
        var committed = writer.committed
        if committed == nil { committed = try io { () throws(LogError) in try writer.empty() } }
        guard let committed, let policy = terms.checkpointPolicy(origin: state.origin) else {
            fail(waiting: .noQuorum)
            return false
        }
        let gathered = await cosigners.gather(
            committed, size: size, terms: terms, policy: policy, waitsForLateCosigners: waitsForLateCosigners
        ) { [tiles = writer.tiles] in tiles.tree(size: size) }
        try copy.requireNewest(gathered.ahead, by: terms)
        guard let cosigned = gathered.checkpoint else {
            missQuorum()
            fail(waiting: .noQuorum)
            return false
        }
        confirmed = try? policy.verify(cosigned)
        if lastFailed { logger.say(.notice, .quorum, [.size: .number(size)]) }
        lastFailed = false
        if !isClockSound, !didLogClocks { logger.say(.critical, .clocksApart) }
        didLogClocks = !isClockSound
        if size == 0 { return true }
        let isAnnounced = state.announced != nil
        let charters = state.charters.count
        try io { () throws(LogError) in
            if isAnnounced { try writer.keep(handover: cosigned, charter: charters - 1) }
            try writer.publish(cosigned)
        }
        published = (cosigned, size)
        answerPublished()
        return true
    }

    private func answerPublished() {
        guard let published else { return }
        let tree = tiles.tree(size: published.size)
        for waiting in waiting where waiting.entry.index < published.size {
            do throws(ServerFailure) {
                waiting.answer.resume(returning: try Self.answer(waiting.entry, published, in: tree))
            } catch {
                waiting.answer.resume(throwing: error)
            }
        }
        waiting.removeAll { $0.entry.index < published.size }
    }

    private func io<R>(_ body: () throws(LogError) -> R) throws(CofferError) -> R {
        do throws(LogError) { return try body() } catch { throw CofferError(writing: error) }
    }

    private func fail(queued failure: ServerFailure) {
        for queued in queue { queued.answer.resume(throwing: failure) }
        for one in beginning { one.resume(throwing: failure) }
        (queue, beginning) = ([], [])
    }

    private func fail(waiting failure: ServerFailure) {
        for waiting in waiting { waiting.answer.resume(throwing: failure) }
        waiting = []
    }
}
