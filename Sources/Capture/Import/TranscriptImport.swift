import Records
import Sealing

/// Conversations with people and agents, in the shapes that `Conversation` and `SessionEvent` know.
///
/// Each conversation is a recording. Its messages have their own times, or come a second after each other.
struct TranscriptImport {
    /// The time between two messages whose times are unknown, in milliseconds.
    private static let step: Milliseconds = 1000

    private let file: ImportFile
    private let sink: any ImportSink
    private let app: AppName
    private let zone: ForeignTime
    /// The bare messages or events of one document, which are one conversation, and which document that is.
    private var loose: (document: Int, session: String?)?
    private var clock: Milliseconds = 0
    private var hasTimes = false
    private var isFirst = true
    /// How many messages of a FastChat conversation were imported: each line of its log repeats those before.
    private var logged: [String: Int] = [:]
    /// Lines of a session that are no messages, until a message says that it is a session.
    private var undecided: (place: ImportPlace, what: String)?
    private var hasMessage = false

    static func read(_ file: ImportFile, _ options: ImportOptions, into sink: any ImportSink) throws(CofferError) {
        var reader = TranscriptImport(
            file: file, sink: sink, app: options.app ?? AppName(windowClass: "transcript"), zone: options.zone)
        sink.read(try file.values { place, value throws(CofferError) in try reader.read(value, place) })
        try reader.endLoose()
        if !reader.hasMessage, let undecided = reader.undecided {
            throw file.wrong(undecided.place, "holds no conversation: it is \(undecided.what)")
        }
        guard reader.hasMessage else { throw file.wrong("holds no message") }
    }

    private init(file: ImportFile, sink: any ImportSink, app: AppName, zone: ForeignTime) {
        self.file = file
        self.sink = sink
        self.app = app
        self.zone = zone
    }

    private mutating func read(_ value: ForeignJSON, _ place: ImportPlace) throws(CofferError) {
        if value["buckets"] != nil {
            throw file.wrong(place, "is ActivityWatch's export", hint: "Use --format activitywatch.")
        }
        let found: Found?
        do throws(MessageParts.Failure) { found = try shape(value) } catch {
            throw file.wrong(error.message.map(place.message) ?? place, error.what)
        }
        switch found {
        case .event(let event): try add(event, place)
        case .conversations(let conversations):
            try endLoose()
            for conversation in conversations { try add(conversation, place) }
        case nil:
            let names = (value.members ?? []).prefix(4).map { ImportFile.quoted($0.name) }.joined(separator: ", ")
            throw file.wrong(
                place, "holds no conversation" + (names.isEmpty ? "" : ": it has the members \(names)"))
        }
    }

    private enum Found {
        case event(SessionEvent)
        case conversations([Conversation])
    }

    private func shape(_ value: ForeignJSON) throws(MessageParts.Failure) -> Found? {
        // The lines of a session, or bare messages, follow each other.
        if let event = try SessionEvent(value, zone) { return .event(event) }
        let parts = MessageParts(zone: zone)
        if let turns = value.array { return .conversations([Conversation(messages: try parts.messages(turns))]) }
        return try Conversation.all(value, parts).map { .conversations($0) }
    }

    private mutating func add(_ event: SessionEvent, _ place: ImportPlace) throws(CofferError) {
        let isSame = loose.map {
            $0.document == place.document && ($0.session == event.session || event.session == nil)
        }
        if isSame == false { try endLoose() }
        switch event.content {
        case .passed(let what):
            undecided = undecided ?? (place, what)
            sink.passOver(what)
        case .messages(let messages):
            if loose == nil {
                loose = (place.document, event.session)
                try begin(messages.lazy.compactMap(\.time).first)
            }
            if let session = event.session { loose?.session = session }
            for message in messages { try add(message, place) }
        }
    }

    private mutating func endLoose() throws(CofferError) {
        guard loose != nil else { return }
        loose = nil
        try sink.end()
    }

    private mutating func add(_ conversation: Conversation, _ place: ImportPlace) throws(CofferError) {
        var messages = conversation.messages[...]
        if let log = conversation.log {
            messages = messages.dropFirst(logged[log] ?? 0)
            logged[log] = max(logged[log] ?? 0, conversation.messages.count)
        }
        for what in conversation.passed { sink.passOver(what) }
        try begin(conversation.start ?? messages.lazy.compactMap(\.time).first)
        for (number, message) in messages.enumerated() { try add(message, place.message(number + 1)) }
        try sink.end()
    }

    private mutating func begin(_ start: Milliseconds?) throws(CofferError) {
        clock = start ?? 0
        hasTimes = start != nil
        isFirst = true
        try sink.begin(isRelative: start == nil)
    }

    private mutating func add(_ message: Message, _ place: ImportPlace) throws(CofferError) {
        for what in message.passed { sink.passOver(what) }
        guard !message.isEmpty else { return }
        if !isFirst, message.time == nil || !hasTimes { clock += Self.step }
        // The order of the messages is the file's, whatever their clocks say.
        if hasTimes, let time = message.time { clock = max(clock, time) }
        isFirst = false
        hasMessage = true
        for (number, prompt) in message.prompts.enumerated() {
            try sink.add(ImportItem(clock + Milliseconds(clamping: number), app, .prompt(prompt), place))
        }
        clock += Milliseconds(clamping: max(0, message.prompts.count - 1))
    }
}
