import Records
import Sealing

/// An event of a session that comes one by one, as a line or an element of an array:
///
///     Claude Code   {"type":"user","timestamp","sessionId","message":{"role","content"}}, and lines without a message
///     OpenHands     {"source","action","args"} and {"source","observation","content"}
///     a message     {"role","content"} or {"from","value"} by itself
struct SessionEvent {
    enum Content {
        case messages([Message])
        /// What the format lets readers pass over.
        case passed(String)
    }

    let content: Content
    /// The session that the event names.
    var session: String?

    /// Nil when the value is no such event.
    init?(_ value: ForeignJSON, _ zone: ForeignTime) throws(MessageParts.Failure) {
        let parts = MessageParts(zone: zone)
        session = value["sessionId"]?.string
        if let message = value["message"] ?? value["llm_message"], message.isObject, message["role"] != nil {
            var found = try parts.message(message)
            if found.time == nil { found.time = try parts.time(value) }
            content = .messages([found])
        } else if value["source"] != nil, value["action"]?.string != nil || value["observation"]?.string != nil {
            content = try Self.openHands(value, parts)
        } else if value["role"]?.string != nil, value["content"] != nil || value["tool_calls"] != nil {
            content = .messages([try parts.message(value)])
        } else if value["from"]?.string != nil, value["value"] != nil {
            content = .messages([try parts.message(value)])
        } else if let type = value["type"]?.string, Self.isOfSession(value) {
            if type == "system", let text = value["content"]?.string {
                var message = try parts.message(.system, .string(text))
                message.time = try parts.time(value)
                content = .messages([message])
            } else {
                content = .passed("line of the type \(ImportFile.quoted(type))")
            }
        } else {
            return nil
        }
    }

    /// Whether it is one of the lines of Claude Code that hold no message.
    private static func isOfSession(_ value: ForeignJSON) -> Bool {
        ["sessionId", "leafUuid", "uuid", "parentUuid", "messageId", "snapshot"].contains { value[$0] != nil }
    }

    private static func openHands(_ value: ForeignJSON, _ parts: MessageParts) throws(MessageParts.Failure) -> Content {
        let role: PromptContent.Role =
            switch value["source"]?.string {
            case "user": .user
            case "agent": value["observation"] == nil ? .assistant : .tool
            default: value["action"]?.string == "message" ? .user : .tool
            }
        var message: Message
        if let action = value["action"]?.string {
            let arguments = value["args"] ?? .null
            switch action {
            case "message", "system", "finish", "think":
                let text = [arguments["content"], arguments["thought"], arguments["final_thought"], value["message"]]
                    .lazy.compactMap { $0?.string }.first { !$0.isEmpty }
                guard let text else { return .passed("empty event \(ImportFile.quoted(action))") }
                message = try parts.message(action == "system" ? .system : role, .string(text))
                for file in (arguments["image_urls"]?.array ?? []) + (arguments["images_urls"]?.array ?? []) {
                    let name = file.string.map { $0.hasPrefix("data:") ? "data" : $0 } ?? "without a name"
                    MessageParts.join("[image: \(name)]", before: false, to: &message, role)
                }
            case "change_agent_state", "null", "recall": return .passed("event \(ImportFile.quoted(action))")
            default:
                let text =
                    arguments["command"]?.string ?? arguments["code"]?.string ?? MessageParts.call(action, arguments)
                message = try parts.message(role, .string(text))
                if let thought = arguments["thought"]?.string, !thought.isEmpty {
                    MessageParts.join(MessageParts.thought(thought), before: true, to: &message, role)
                }
            }
        } else {
            let name = value["observation"]?.string ?? ""
            let content = value["content"] ?? value["message"] ?? .null
            guard content != .null, content.string?.isEmpty != true else {
                return .passed("empty event \(ImportFile.quoted(name))")
            }
            message = try parts.message(.tool, content)
        }
        message.time = try parts.time(value)
        return message.isEmpty ? .passed("empty event") : .messages([message])
    }
}
