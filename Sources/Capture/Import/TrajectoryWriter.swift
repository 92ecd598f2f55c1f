import Records
import Sealing

/// Writes the tasks of a trajectory format: each step's picture, the step as it was, and the events that its code means.
struct TrajectoryWriter {
    /// The time that a step takes at least, where the file has none, in milliseconds.
    private static let step: Milliseconds = 2000
    /// The time from a step's picture to its first event, in milliseconds.
    private static let lead: Milliseconds = 500

    struct Step {
        /// Its place among the task's steps, from zero.
        let number: Int
        let code: String
        /// The picture before it, if there is one, and the one that tells the screen's size.
        var picture: String?
        let screen: String
        /// Its other members. The code is null.
        let rest: ForeignJSON
        /// When it was done, if the file says that.
        var time: Milliseconds?
    }

    let file: ImportFile
    let sink: any ImportSink
    let app: AppName
    private var clock: Milliseconds = 0
    private var actions: AgentNetActions?

    init(_ file: ImportFile, _ sink: any ImportSink, app: AppName) {
        self.file = file
        self.sink = sink
        self.app = app
    }

    /// `start` is when the task began, if the file says that. The steps of `rest` are null.
    mutating func begin(instruction: String?, rest: ForeignJSON?, start: Milliseconds?, _ place: ImportPlace)
        throws(CofferError)
    {
        clock = start ?? 0
        actions = nil
        try sink.begin(isRelative: start == nil)
        if let instruction {
            try sink.add(ImportItem(clock, app, .prompt(PromptContent(role: .user, text: instruction)), place))
        }
        if let rest {
            try sink.add(ImportItem(clock, app, .step(StepContent(.prompt, .task(json: rest.text))), place))
        }
    }

    mutating func add(_ step: Step, _ place: ImportPlace) throws(CofferError) {
        guard step.number <= StepContent.maximumStep else { throw file.wrong(place, "is one step too many") }
        let size = try ImportPicture.size(step.screen, at: place)
        clock = max(clock, (step.time ?? 0) - min(step.time ?? 0, Self.lead))
        if let picture = step.picture { try sink.add(ImportItem(clock, app, image: picture, place)) }
        let start = clock + Self.lead
        var actions = actions ?? AgentNetActions(app: app, width: size.width, height: size.height)
        let events: [ImportItem]
        do throws(PythonCode.Failure) {
            events = try actions.perform(step.code, width: size.width, height: size.height, at: start + 20, place)
        } catch { throw file.wrong(place, error.what) }
        self.actions = actions
        // The code is in the kind whose consent covers it: typing is of keys, pointing alone of pointer.
        let keys = actions.hasKeys || !actions.hasPointer ? step.code : nil
        let pointer = actions.hasKeys ? nil : step.code
        for content in [
            StepContent(.keys, .code(step: step.number, keys)),
            StepContent(.pointer, .code(step: step.number, pointer)),
            StepContent(.prompt, .step(step.number, json: step.rest.text)),
        ] {
            try sink.add(ImportItem(start, app, .step(content), place))
        }
        for event in events { try sink.add(event) }
        clock = max(clock + Self.step, actions.time + Self.lead)
    }

    /// A last picture, after the last step.
    mutating func end(picture: String? = nil, _ place: ImportPlace? = nil) throws(CofferError) {
        if let picture, let place { try sink.add(ImportItem(clock, app, image: picture, place)) }
        try sink.end()
    }
}
