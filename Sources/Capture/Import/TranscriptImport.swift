import Records
import Sealing

/// Conversations: SWE-agent's .traj, ShareGPT and FastChat JSON, and JSONL of any of these or of OpenAI messages.
enum TranscriptImport {
    /// The time between two messages whose times are unknown, in milliseconds.
    private static let step: Milliseconds = 1000

    static func read(_ path: String, app: AppName?) throws(CofferError) -> Recording {
        let file = try ImportFile(path)
        let app = app ?? AppName(windowClass: "transcript")
        var prompts: [PromptContent] = []
        // One JSON value, else one per line.
        if let whole = try? ForeignJSON(parsing: file.bytes) {
            let conversations = whole.array ?? [whole]
            for (index, value) in conversations.enumerated() {
                guard let found = conversation(value) else {
                    throw file.wrong(
                        conversations.count == 1
                            ? "holds no conversation" : "holds no conversation at its item \(index + 1)")
                }
                prompts += found
            }
        } else {
            for (number, value) in try file.json() {
                guard let found = conversation(value) else { throw file.wrong(number, "holds no conversation") }
                prompts += found
            }
        }
        guard !prompts.isEmpty else { throw file.wrong("holds no message") }
        let items = prompts.enumerated().map {
            ImportItem(time: $0 * step, app: app, content: .record(.prompt($1)))
        }
        return Recording(items, isRelative: true)
    }

    /// The messages of one conversation in any of the known shapes; nil when it has another shape.
    private static func conversation(_ value: ForeignJSON) -> [PromptContent]? {
        if let history = value["history"]?.array ?? value["messages"]?.array {
            return all(history) { message in
                guard let role = role(message["role"]?.string), let text = text(message["content"]) else { return nil }
                return PromptContent(role: role, text: text + calls(message["tool_calls"]))
            }
        }
        if let turns = value["conversations"]?.array ?? value["conversation"]?.array {
            return all(turns) { message in
                guard let role = role(message["from"]?.string ?? message["role"]?.string),
                    let text = text(message["value"] ?? message["content"])
                else { return nil }
                return PromptContent(role: role, text: text)
            }
        }
        if let turns = value["turns"]?.array {
            return all(turns) { $0.string.map { PromptContent(role: .user, text: $0) } }
        }
        if let steps = value["trajectory"]?.array {
            return all(steps) { step in
                guard let action = step["response"]?.string ?? step["action"]?.string else { return nil }
                return PromptContent(role: .assistant, text: action)
            }
        }
        return nil
    }

    private static func all(_ values: [ForeignJSON], _ read: (ForeignJSON) -> PromptContent?) -> [PromptContent]? {
        var out: [PromptContent] = []
        for value in values {
            guard let prompt = read(value) else { return nil }
            out.append(prompt)
        }
        return out
    }

    private static func role(_ name: String?) -> PromptContent.Role? {
        switch name {
        case "user", "human": .user
        case "assistant", "gpt", "chatgpt", "bing", "bard", "ai": .assistant
        case "system": .system
        case "tool", "function", "observation": .tool
        default: nil
        }
    }

    /// A string, or the texts of a list of parts, joined.
    private static func text(_ value: ForeignJSON?) -> String? {
        if let string = value?.string { return string }
        if value == .null { return "" }
        guard let parts = value?.array else { return nil }
        return parts.compactMap { $0["text"]?.string ?? $0.string }.joined(separator: "\n")
    }

    /// An assistant's tool calls, one per line after its text.
    private static func calls(_ value: ForeignJSON?) -> String {
        (value?.array ?? []).compactMap { call in
            guard let name = call["function"]?["name"]?.string else { return nil }
            return "\n\(name)(\(call["function"]?["arguments"]?.string ?? ""))"
        }.joined()
    }
}
