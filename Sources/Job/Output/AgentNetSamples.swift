package import Sealing

/// AgentNet's JSON lines, one task a line, and their images in one tar: first `images/KEY.png` in order, then
/// `agentnet.jsonl`.
///
/// An episode is a task. Its instruction is the user's last prompt before its first step. AgentNet needs an image for
/// each step, so steps without one are left out.
package final class AgentNetSamples: SampleFormat {
    private struct Task {
        let id: String
        let instruction: String
        var steps: [SampleJSON] = []
    }

    private var tar: TarStream
    private var tasks: [Task] = []
    /// The last user prompt of each subject.
    private var instructions: [String: String] = [:]
    private var last: Milliseconds = 0

    package init(_ sink: any ByteSink) { tar = TarStream(sink) }

    package func write(_ sample: Sample) throws(CofferError) {
        last = max(last, sample.time)
        switch sample.content {
        case .text(let label, let text):
            if sample.source.kind == .prompt, label == "user" { instructions[sample.subject] = text }
        case .action(let code):
            guard let image = sample.image else { return }
            let name = sample.key + ".png"
            try tar.add("images/" + name, image, time: sample.time)
            if tasks.last?.id != sample.episode {
                tasks.append(Task(id: sample.episode, instruction: instructions[sample.subject] ?? ""))
            }
            let step: SampleJSON = .object([
                ("index", .integer(UInt64(tasks[tasks.count - 1].steps.count))), ("image", .string(name)),
                ("value", .object([("code", .string(code))])),
            ])
            tasks[tasks.count - 1].steps.append(step)
        }
    }

    package func finish() throws(CofferError) {
        var lines = Bytes()
        for task in tasks {
            let line: SampleJSON = .object([
                ("task_id", .string(task.id)), ("instruction", .string(task.instruction)),
                ("traj", .array(task.steps)),
            ])
            lines += Array(line.text.utf8) + [UInt8(ascii: "\n")]
        }
        try tar.add("agentnet.jsonl", lines, time: last)
        try tar.finish()
    }
}
