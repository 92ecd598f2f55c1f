import Records
package import Sealing

/// AgentNet's JSON lines, one task a line, and their images in one tar: first `images/KEY.…` in order, then
/// `agentnet.jsonl`.
///
/// An episode is a task. Its instruction is the user's last prompt in the episode before its first step. A task and a
/// step that were imported are written as their file had them, with the image's name in the tar. AgentNet needs an image
/// for each step, so steps without one are left out.
package final class AgentNetSamples: SampleFormat {
    private struct Task {
        var kept: String?
        var instruction = ""
        var steps: [ForeignJSON] = []
    }

    private var tar: TarStream
    private var tasks: [String: Task] = [:]
    /// Episodes in the order of their first steps.
    private var order: [String] = []
    private var last: Milliseconds = 0
    private var ending = PictureForm.png.ending

    package init(_ sink: any ByteSink) { tar = TarStream(sink) }

    package func begin(_ pictures: Pictures) throws(CofferError) {
        guard let form = pictures.form, form != .raw else {
            throw CofferError(
                .usage, "AgentNet needs an image for each step, and this stream has none.",
                hint: "Open it with images as png, jpeg or webp and a grant of screens, or use --format jsonl.")
        }
        ending = form.ending
    }

    @discardableResult
    package func write(_ sample: Sample) throws(CofferError) -> Bool {
        last = max(last, sample.time)
        var task = tasks[sample.episode] ?? Task()
        defer { tasks[sample.episode] = task }
        switch sample.content {
        case .text(let label, let text):
            if sample.source.kind == .prompt, label == "user", task.steps.isEmpty { task.instruction = text }
            return false
        case .action(let code):
            guard let image = sample.image else { return false }
            let name = "\(sample.key).\(ending)"
            try tar.add("images/" + name, image, time: sample.time)
            if task.steps.isEmpty { order.append(sample.episode) }
            task.kept = task.kept ?? sample.kept?.task
            task.steps.append(Self.step(code, image: name, kept: sample.kept?.step, index: task.steps.count))
            return true
        }
    }

    package func flush() throws(CofferError) { try tar.flush() }

    package var written: Manifest.Written { tar.written }

    package func close() throws(CofferError) -> Manifest.Written {
        var lines = Bytes()
        for episode in order {
            guard let task = tasks[episode] else { continue }
            lines += Array(Self.line(task, episode: episode).text.utf8) + [UInt8(ascii: "\n")]
        }
        try tar.add("agentnet.jsonl", lines, time: last)
        return tar.written
    }

    /// The tar has AgentNet's files only.
    package func finish(_ manifest: Manifest) throws(CofferError) { try tar.finish() }

    private static func step(_ code: String, image: String, kept: String?, index: Int) -> ForeignJSON {
        if let kept = kept.flatMap({ try? ForeignJSON(parsing: $0.utf8) }), let value = kept["value"], value.isObject {
            return kept.setting("image", to: .string(image))
                .setting("value", to: value.setting("code", to: .string(code)))
        }
        return .object([
            .init("index", .integer(index)), .init("image", .string(image)),
            .init("value", .object([.init("code", .string(code))])),
        ])
    }

    private static func line(_ task: Task, episode: String) -> ForeignJSON {
        if let kept = task.kept.flatMap({ try? ForeignJSON(parsing: $0.utf8) }), kept.isObject {
            return kept.setting("traj", to: .array(task.steps))
        }
        return .object([
            .init("task_id", .string(episode)), .init("instruction", .string(task.instruction)),
            .init("traj", .array(task.steps)),
        ])
    }
}
