import Records
package import Sealing

/// Turns one person's day on one device into samples, in the order in which their steps began. Pass the records in the
/// order of their times.
package struct Sampler: Sendable {
    private let stream: Sample.Stream
    private let subjects: Subjects
    private let pseudonym: VerifyingKey
    private let subject: String
    private let device: UInt16
    private let pictures: Pictures
    /// What is left for the screens of the day.
    private(set) var pixels: PixelAllowance

    /// By recording; nil is live capture.
    private var lanes: [String?: StepLanes] = [:]
    private var queue = SampleQueue()
    private var settled: Milliseconds = 0
    private var nextOrder = 1
    private var nextStep = 0
    private var episode: (id: String, last: Milliseconds)?
    /// The recording of the last sample, and the name of its episode.
    private var recording: (name: String, episode: String)?
    /// Pictures that the caller has not heard of.
    private var begun: [PictureWork] = []

    /// A longer pause than this, in milliseconds, begins another episode: ten minutes. A step that is open for so long
    /// ends, too.
    static let episodeGap: Milliseconds = 600_000
    /// How often, in milliseconds of the records' time, old steps are ended.
    private static let pace: Milliseconds = 250
    /// How many recordings may be open before those that have paused for so long are ended.
    private static let maximumLanes = 16

    package init(
        stream: Sample.Stream, subjects: Subjects, pseudonym: VerifyingKey, device: UInt16,
        pictures: Pictures = .png, pixels: PixelAllowance = PixelAllowance()
    ) {
        self.stream = stream
        self.subjects = subjects
        self.pseudonym = pseudonym
        subject = subjects.subject(pseudonym)
        self.device = device
        self.pictures = pictures
        self.pixels = pixels
    }

    /// The samples that this record completes.
    package mutating func take(_ record: TimedRecord) throws(CofferError) -> [Sample] {
        do {
            let (content, mark) = try RecordContent.parse(record.record, kind: record.source.kind)
            let now = record.record.time
            try settle(before: now)
            let name = mark?.id
            var own = lanes.removeValue(forKey: name) ?? StepLanes()
            own.newest = max(own.newest, now)
            own.hasEnded = own.hasEnded || mark?.edge == .end || mark?.edge == .both
            try take(record, content, &own, name)
            lanes[name] = own
            if queue.isFull { try endAll() }
            return ready()
        } catch let error as CofferError {
            throw error
        } catch {
            throw CofferError(
                .tampering, "A segment of kind \(record.source.kind.rawValue) holds an invalid record.",
                rule: "segment.record")
        }
    }

    /// The steps that are still open at the end.
    package mutating func finish() throws(CofferError) -> [Sample] {
        try endAll()
        lanes = [:]
        return ready()
    }

    /// The pictures whose encoding has begun since the last call.
    mutating func takeBegun() -> [PictureWork] {
        defer { begun = [] }
        return begun
    }

    private mutating func take(
        _ record: TimedRecord, _ content: RecordContent, _ own: inout StepLanes, _ name: String?
    ) throws {
        let app = record.source.app
        if case .window(let window) = content {
            own.screens[app, default: AppScreen()].title = window.title
            return
        }
        if case .screen(let tiles) = content {
            try pixels.pay(for: tiles, in: record.record)
            return try own.screens[app, default: AppScreen()].take(tiles, of: record.source)
        }
        let context = own.screens[app, default: AppScreen()].context
        let role: RecordRole
        switch content {
        case .window, .screen: return
        case .step(let step): return try take(step, record, context, &own, name)
        case .removed:
            // What was typed before and after a secret was not typed in one go.
            if case .kept = own.hands?.grouping.shape { return }
            return try close(\.hands, &own, name)
        case .keys, .pointer:
            if case .kept = own.hands?.grouping.shape {
                own.hands?.grouping.add(record, SampleJSON(event: content))
                return
            }
            role = handsRole(record, content, &own, context)
            return try apply(role, record, content, context, \.hands, &own, name)
        case .prompt(let prompt):
            let shape = StepGrouping.Shape.text(label: prompt.role.rawValue, text: prompt.text)
            try apply(.begins(shape), record, content, context, \.words, &own, name)
            // A prompt is whole as it is.
            return try close(\.words, &own, name)
        case .terminal(let terminal): role = terminalRole(terminal, record, own)
        }
        try apply(role, record, content, context, \.words, &own, name)
    }

    private func handsRole(
        _ record: TimedRecord, _ content: RecordContent, _ own: inout StepLanes, _ context: ScreenContext
    ) -> RecordRole {
        switch content {
        case .keys(let key):
            var builder = own.keys[record.source.app] ?? KeyStepBuilder()
            defer { own.keys[record.source.app] = builder }
            return builder.take(key, record, current: own.hands?.grouping, context: context)
        case .pointer(let pointer):
            return PointerStepBuilder.take(pointer, record, current: own.hands?.grouping)
        default: return .none
        }
    }

    /// Terminal text without a pause is one step.
    private func terminalRole(_ terminal: TerminalContent, _ record: TimedRecord, _ own: StepLanes) -> RecordRole {
        let label = terminal.isOutput ? "output" : "input"
        if let words = own.words?.grouping, words.isOpen(to: record, gap: StepGrouping.Gap.text),
            case .text(label, let before) = words.shape,
            before.utf8.count + terminal.text.utf8.count <= StepGrouping.maximumText
        {
            return .goesOn(terminal.text)
        }
        return .begins(.text(label: label, text: terminal.text))
    }

    /// A step as its file had it. The record without the code, of the other kind, only ends the step before.
    private mutating func take(
        _ content: StepContent, _ record: TimedRecord, _ context: ScreenContext, _ own: inout StepLanes, _ name: String?
    ) throws(CofferError) {
        switch content.part {
        case .task(let json): own.task = json
        case .step(let step, let json):
            if case .kept(step, _) = own.hands?.grouping.shape { own.hands?.grouping.kept = json }
        case .code(let step, let code):
            if own.step != step {
                try close(\.hands, &own, name)
                own.keys = [:]
                own.step = step
            }
            guard let code, own.hands == nil else { return }
            own.hands = begin(.kept(step: step, code: code), record, context)
        }
    }

    private mutating func apply(
        _ role: RecordRole, _ record: TimedRecord, _ content: RecordContent, _ context: ScreenContext,
        _ lane: WritableKeyPath<StepLanes, StepLanes.OpenStep?>, _ own: inout StepLanes, _ name: String?
    ) throws(CofferError) {
        let shape: StepGrouping.Shape?
        switch role {
        case .none: return
        case .goesOn: shape = nil
        case .joins(let joined): shape = joined
        case .begins(let next):
            shape = next
            try close(lane, &own, name)
        }
        let pending = record.source.kind == .keys ? own.keys[record.source.app]?.takePending() ?? [] : []
        // The step is taken out, so that it grows in place.
        var step: StepLanes.OpenStep?
        swap(&step, &own[keyPath: lane])
        if let shape {
            if step == nil {
                step = begin(shape, pending.first?.record ?? record, pending.first?.context ?? context)
            }
            step?.grouping.shape = shape
        }
        if case .goesOn(let text) = role { step?.grouping.append(text) }
        for modifier in pending { step?.grouping.add(modifier.record, modifier.event) }
        step?.grouping.add(record, SampleJSON(event: content))
        own[keyPath: lane] = step
    }

    private mutating func begin(_ shape: StepGrouping.Shape, _ first: TimedRecord, _ context: ScreenContext)
        -> StepLanes.OpenStep
    {
        defer { nextOrder += 1 }
        return StepLanes.OpenStep(
            grouping: StepGrouping(
                shape, start: first.record.time, source: first.source, index: first.index, context: context),
            order: nextOrder)
    }

    /// Ends a step and lets it wait for those that began before it.
    private mutating func close(
        _ lane: WritableKeyPath<StepLanes, StepLanes.OpenStep?>, _ own: inout StepLanes, _ name: String?
    ) throws(CofferError) {
        guard let step = own[keyPath: lane] else { return }
        own[keyPath: lane] = nil
        let done = step.grouping
        var kept: Sample.Kept?
        if case .kept = done.shape { kept = Sample.Kept(task: own.task, step: done.kept) }
        let picture = own.screens[done.source.app]?.picture(done.context, pictures)
        if let picture, picture.isNew { begun.append(picture.work) }
        let screen = done.context.frame.map { Sample.Size(width: $0.width, height: $0.height) } ?? done.pointerScreen
        let sample = Sample(
            stream: stream, step: 0, time: done.start, source: done.source, records: done.records,
            window: done.context.window, screen: screen, content: done.content, events: done.events,
            subject: subject, episode: "", kept: kept, picture: picture?.work)
        queue.add(SampleQueue.Entry(sample: sample, last: done.last, recording: name, order: step.order))
    }

    /// Ends what nothing can join any more: recordings that have ended, text after its pause, and steps that have been
    /// open for ten minutes.
    private mutating func settle(before now: Milliseconds) throws(CofferError) {
        guard now > settled + Self.pace else { return }
        settled = now
        for name in lanes.keys {
            guard var own = lanes[name] else { continue }
            for app in own.keys.keys { own.keys[app]?.forget(before: now) }
            let isOver =
                own.newest < now && own.hasEnded
                || lanes.count > Self.maximumLanes && name != nil && now > own.newest + Self.episodeGap
            let isLate = { (step: StepLanes.OpenStep?) in
                step.map { now > $0.grouping.last + ($0.grouping.patience ?? Self.episodeGap) } ?? false
            }
            if isOver || isLate(own.hands) { try close(\.hands, &own, name) }
            if isOver || isLate(own.words) { try close(\.words, &own, name) }
            lanes[name] = isOver ? nil : own
        }
    }

    private mutating func endAll() throws(CofferError) {
        for (name, own) in lanes {
            var own = own
            try close(\.hands, &own, name)
            try close(\.words, &own, name)
            lanes[name] = own
        }
    }

    /// What no open step began before, numbered.
    private mutating func ready() -> [Sample] {
        guard !queue.isEmpty else { return [] }
        let bound = lanes.values.compactMap(\.earliest).min { $0 < $1 }
        var samples: [Sample] = []
        while let entry = queue.pop(before: bound) {
            var sample = entry.sample
            sample.step = nextStep
            sample.episode = episode(of: entry)
            nextStep += 1
            samples.append(sample)
        }
        return samples
    }

    private mutating func episode(of entry: SampleQueue.Entry) -> String {
        if let name = entry.recording {
            if let recording, recording.name == name { return recording.episode }
            let id = subjects.episode(pseudonym, recording: name)
            recording = (name, id)
            return id
        }
        if let episode, entry.sample.time <= episode.last + Self.episodeGap {
            self.episode?.last = max(episode.last, entry.last)
            return episode.id
        }
        let id = subjects.episode(pseudonym, device: device, start: entry.sample.time)
        episode = (id, entry.last)
        return id
    }
}
