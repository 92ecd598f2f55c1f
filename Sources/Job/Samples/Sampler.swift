import Records
package import Sealing

/// Turns one person's day on one device into samples. Pass the records in the order of their times.
package struct Sampler: Sendable {
    private let stream: Sample.Stream
    private let subjects: Subjects
    private let pseudonym: VerifyingKey
    private let device: UInt16

    private var screens: [AppName: AppScreen] = [:]
    private var keyLanes: [AppName: KeyStepBuilder] = [:]
    /// The current step of keys and pointer, and that of prompts and terminals, which are independent.
    private var hands: StepGrouping?
    private var words: StepGrouping?
    private var nextStep = 0
    private var episode: (id: String, last: Milliseconds)?

    /// A longer pause than this, in milliseconds, begins another episode: ten minutes.
    static let episodeGap: Milliseconds = 600_000

    package init(stream: Sample.Stream, subjects: Subjects, pseudonym: VerifyingKey, device: UInt16) {
        self.stream = stream
        self.subjects = subjects
        self.pseudonym = pseudonym
        self.device = device
    }

    /// The samples that this record completes.
    package mutating func take(_ record: TimedRecord) throws(CofferError) -> [Sample] {
        do {
            return try take(record, RecordContent(record.record, kind: record.source.kind))
        } catch let error as CofferError {
            throw error
        } catch {
            throw CofferError(
                .tampering, "A segment of kind \(record.source.kind.rawValue) holds an invalid record.")
        }
    }

    /// The steps that are still open at the end.
    package mutating func finish() throws(CofferError) -> [Sample] {
        var done: [Sample] = []
        if let sample = try close(\.hands) { done.append(sample) }
        if let sample = try close(\.words) { done.append(sample) }
        return done.sorted { $0.step < $1.step }
    }

    private mutating func take(_ record: TimedRecord, _ content: RecordContent) throws -> [Sample] {
        let app = record.source.app
        var screen = screens[app] ?? AppScreen()
        let outcome: RecordRole
        switch content {
        case .window(let window):
            screen.title = window.title
            screens[app] = screen
            return []
        case .screen(let tiles):
            try screen.take(tiles, of: record.source)
            screens[app] = screen
            return []
        case .keys(let key):
            var lane = keyLanes[app] ?? KeyStepBuilder()
            outcome = lane.take(key, record, current: hands, context: screen.context)
            keyLanes[app] = lane
        case .pointer(let pointer): outcome = PointerStepBuilder.take(pointer, record, current: hands)
        case .prompt(let prompt):
            let shape = StepGrouping.Shape.text(label: prompt.role.rawValue, text: prompt.text)
            return try apply(.begins(shape), record, content, screen.context, to: \.words)
        case .terminal(let terminal):
            return try apply(terminalOutcome(terminal, record), record, content, screen.context, to: \.words)
        }
        return try apply(outcome, record, content, screen.context, to: \.hands)
    }

    /// Terminal text without a pause is one step.
    private func terminalOutcome(_ terminal: TerminalContent, _ record: TimedRecord) -> RecordRole {
        let label = terminal.isOutput ? "output" : "input"
        if let words, words.isOpen(to: record, gap: StepGrouping.Gap.text), case .text(label, let before) = words.shape,
            before.utf8.count + terminal.text.utf8.count <= StepGrouping.maximumText
        {
            return .joins(.text(label: label, text: before + terminal.text))
        }
        return .begins(.text(label: label, text: terminal.text))
    }

    private mutating func apply(
        _ outcome: RecordRole, _ record: TimedRecord, _ content: RecordContent, _ context: ScreenContext,
        to lane: WritableKeyPath<Sampler, StepGrouping?>
    ) throws(CofferError) -> [Sample] {
        let shape: StepGrouping.Shape
        var done: [Sample] = []
        switch outcome {
        case .none: return []
        case .joins(let joined): shape = joined
        case .begins(let begun):
            shape = begun
            if let sample = try close(lane) { done.append(sample) }
        }
        let pending = record.source.kind == .keys ? keyLanes[record.source.app]?.takePending() ?? [] : []
        var burst =
            self[keyPath: lane] ?? begin(shape, pending.first?.record ?? record, pending.first?.context ?? context)
        burst.shape = shape
        for modifier in pending { burst.add(modifier.record, modifier.event) }
        burst.add(record, SampleJSON(event: content))
        self[keyPath: lane] = burst
        return done
    }

    private mutating func begin(_ shape: StepGrouping.Shape, _ first: TimedRecord, _ context: ScreenContext)
        -> StepGrouping
    {
        defer { nextStep += 1 }
        return StepGrouping(
            shape, step: nextStep, start: first.record.time, source: first.source, index: first.index,
            context: context)
    }

    private mutating func close(_ lane: WritableKeyPath<Sampler, StepGrouping?>) throws(CofferError) -> Sample? {
        guard let done = self[keyPath: lane] else { return nil }
        self[keyPath: lane] = nil
        let image = try screens[done.source.app]?.png(done.context) ?? nil
        let screen = done.context.frame.map { Sample.Size(width: $0.width, height: $0.height) } ?? done.pointerScreen
        return Sample(
            stream: stream, step: done.step, time: done.start, source: done.source, records: done.records,
            window: done.context.window, screen: screen, content: done.content, events: done.events,
            subject: subjects.subject(pseudonym), episode: episode(at: done), image: image)
    }

    private mutating func episode(at burst: StepGrouping) -> String {
        if let episode, burst.start <= episode.last + Self.episodeGap {
            self.episode?.last = max(episode.last, burst.last)
            return episode.id
        }
        let id = subjects.episode(pseudonym, device: device, start: burst.start)
        episode = (id, burst.last)
        return id
    }
}
