import Records
import Sealing

/// One message of a conversation, as one prompt or several: what tools answered has a prompt of its own.
struct Message {
    var prompts: [PromptContent] = []
    var time: Milliseconds?
    /// What of it is passed over.
    var passed: [String] = []

    /// Whether there is nothing to keep of it. A message that is there and empty is kept.
    var isEmpty: Bool { prompts.isEmpty }
}

/// Reads the messages of all shapes: the role, the text, parts of texts, tools, thinking, pictures by name.
struct MessageParts {
    /// A part that is not read, and the message that it is in.
    struct Failure: Error {
        var message: Int?
        let what: String
    }

    let zone: ForeignTime

    func messages(_ values: [ForeignJSON]) throws(Failure) -> [Message] {
        var messages: [Message] = []
        for (number, value) in values.enumerated() {
            do throws(Failure) { messages.append(try message(value)) } catch {
                throw Failure(message: error.message ?? number + 1, what: error.what)
            }
        }
        return messages
    }

    /// Roles by the names that people use for them; nil for another name.
    static func role(_ name: String) -> PromptContent.Role? {
        switch name.lowercased() {
        case "user", "human", "prompter", "input": .user
        case "assistant", "gpt", "chatgpt", "bing", "bard", "ai", "model", "claude", "bot", "agent", "output",
            "function_call", "tool_call", "tool_calls":
            .assistant
        case "system", "developer", "instructions": .system
        case "tool", "function", "observation", "tool_response", "tool_result", "function_response",
            "function_call_output", "environment", "ipython":
            .tool
        default: nil
        }
    }

    /// A message with `role` and `content`, or with `from` and `value`.
    func message(_ value: ForeignJSON) throws(Failure) -> Message {
        guard let name = value["role"]?.string ?? value["from"]?.string ?? value["sender"]?.string else {
            throw Failure(what: "has no \"role\" or \"from\"")
        }
        guard let role = Self.role(name) else { throw Failure(what: "has the unknown role \(ImportFile.quoted(name))") }
        let content = ["content", "value", "text", "parts"].lazy.compactMap { value[$0] }.first
        var message = try self.message(role, content ?? .null)
        // The parts may be there without their texts.
        if message.prompts.allSatisfy({ $0.text.isEmpty }), let text = value["text"], text.string?.isEmpty == false {
            message = try self.message(role, text)
        }
        message.time = try time(value)
        try add(thoughts: value, to: &message, role)
        try add(calls: value, to: &message, role)
        if message.prompts.allSatisfy({ $0.text.isEmpty }) {
            message.prompts = [PromptContent(role: role, text: Self.others(value))]
        }
        return message
    }

    /// What a message without a text holds beside its role and name, as JSON: a sound, for example. Empty if nothing.
    private static func others(_ value: ForeignJSON) -> String {
        let others = (value.members ?? []).filter { member in
            guard !["content", "value", "text", "parts"].contains(member.name) else { return false }
            return member.value.members?.isEmpty == false || member.value.array?.isEmpty == false
        }
        return others.isEmpty ? "" : ForeignJSON.object(others).text
    }

    /// A message of this role with the text or the parts of `content`.
    func message(_ role: PromptContent.Role, _ content: ForeignJSON) throws(Failure) -> Message {
        var message = Message()
        var texts: [String] = []
        func close() {
            guard !texts.isEmpty else { return }
            message.prompts.append(PromptContent(role: role, text: texts.joined(separator: "\n")))
            texts = []
        }
        switch content {
        case .null: break
        case .string, .halved: texts = [content.string ?? ""]
        case .array(let parts):
            for part in parts {
                if let result = try result(part) {
                    close()
                    message.prompts.append(PromptContent(role: .tool, text: result))
                } else if let text = try text(part) {
                    texts.append(text)
                }
            }
        case .object:
            if let text = try text(content) { texts = [text] }
        case .number, .boolean: throw Failure(what: "has a content that is no text")
        }
        close()
        return message
    }

    /// What a tool answered, if this part is that.
    private func result(_ part: ForeignJSON) throws(Failure) -> String? {
        guard let type = part["type"]?.string, type == "tool_result" || type == "function_call_output" else {
            return nil
        }
        let content = part["content"] ?? part["output"] ?? .null
        return try message(.tool, content).prompts.map(\.text).joined(separator: "\n")
    }

    /// A part's text; nil for a part that is empty.
    func text(_ part: ForeignJSON) throws(Failure) -> String? {
        if let string = part.string { return string }
        guard part.isObject else { throw Failure(what: "has a part that is no text") }
        let type = part["type"]?.string ?? part["content_type"]?.string ?? "text"
        switch type {
        case "text", "input_text", "output_text":
            switch part["text"] ?? part["value"] ?? part["content"] {
            case .null: return nil
            case let value?:
                if let text = value.string ?? value["value"]?.string { return text }
                throw Failure(what: "has a part \(ImportFile.quoted(type)) without a text")
            case nil: throw Failure(what: "has a part \(ImportFile.quoted(type)) without a text")
            }
        case "thinking", "reasoning", "redacted_thinking":
            guard let thought = part["thinking"]?.string ?? part["text"]?.string ?? part["content"]?.string else {
                return "[\(type)]"
            }
            return Self.thought(thought)
        case "tool_use", "server_tool_use", "function_call", "tool_call":
            let input = part["input"] ?? part["arguments"] ?? .null
            return Self.call(part["name"]?.string ?? "", input)
        case "refusal":
            return part["refusal"]?.string
        case "document" where part["source"]?["data"]?.string != nil && part["source"]?["type"]?.string == "text":
            return "[document: \(Self.media(part))]\n\(part["source"]?["data"]?.string ?? "")"
        case "document" where part["source"]?["content"] != nil:
            let inner = try message(.user, part["source"]?["content"] ?? .null).prompts.map(\.text)
            return (["[document: \(Self.media(part))]"] + inner).joined(separator: "\n")
        case "image", "image_url", "input_image", "image_asset_pointer", "video", "video_url", "audio", "input_audio",
            "file", "input_file", "document", "audio_asset_pointer", "video_container_asset_pointer":
            return "[\(type): \(Self.media(part))]"
        default:
            // A part of another type is kept as it is.
            return part.text
        }
    }

    /// The name or the address of a picture or a file. The bytes themselves are not text.
    static func media(_ part: ForeignJSON) -> String {
        let type = part["type"]?.string ?? ""
        let holders = [part, part[type], part["source"], part["image_url"], part["file"]].compactMap(\.self)
        for holder in holders {
            for name in ["url", "asset_pointer", "file_name", "filename", "file_id", "name", "path", "image", "title"] {
                guard let text = holder[name]?.string else { continue }
                guard text.hasPrefix("data:") else { return text }
                return String(text.prefix { $0 != "," && $0 != ";" })
            }
            if let text = holder["media_type"]?.string ?? holder["format"]?.string { return text }
            if let text = holder.string { return text.hasPrefix("data:") ? "data" : text }
        }
        return "without a name"
    }

    static func thought(_ text: String) -> String { "<think>\n\(text)\n</think>" }

    static func call(_ name: String, _ input: ForeignJSON) -> String {
        "\(name)(\(input.string ?? (input == .null ? "" : input.text)))"
    }

    /// Thinking that stands beside the content.
    private func add(thoughts value: ForeignJSON, to message: inout Message, _ role: PromptContent.Role) throws(Failure)
    {
        for name in ["reasoning_content", "reasoning", "thinking"] {
            guard let thought = value[name]?.string, !thought.isEmpty else { continue }
            Self.join(Self.thought(thought), before: true, to: &message, role)
            return
        }
        // SWE-agent repeats the thought in the content, unless it called a tool.
        if let thought = value["thought"]?.string, !thought.isEmpty,
            !message.prompts.contains(where: { $0.text.contains(thought) })
        {
            Self.join(thought, before: true, to: &message, role)
        }
    }

    /// Calls that stand beside the content, one on each line after it.
    private func add(calls value: ForeignJSON, to message: inout Message, _ role: PromptContent.Role) throws(Failure) {
        var calls = value["tool_calls"]?.array ?? []
        if let call = value["function_call"], call.isObject { calls.append(.object([.init("function", call)])) }
        for call in calls {
            let function = call["function"] ?? call["custom"] ?? call
            guard let name = function["name"]?.string else { throw Failure(what: "has a tool call without a name") }
            let input = function["arguments"] ?? function["input"] ?? function["args"] ?? .null
            Self.join(Self.call(name, input), before: false, to: &message, role)
        }
        if let refusal = value["refusal"]?.string { Self.join(refusal, before: false, to: &message, role) }
        for name in ["images", "videos", "audios", "files", "attachments"] {
            for file in value[name]?.array ?? [] {
                let text = "[\(name.dropLast()): \(file.string ?? Self.media(file))]"
                Self.join(text, before: false, to: &message, role)
                if let content = file["extracted_content"]?.string, !content.isEmpty {
                    Self.join(content, before: false, to: &message, role)
                }
            }
        }
    }

    static func join(_ text: String, before: Bool, to message: inout Message, _ role: PromptContent.Role) {
        guard let place = before ? message.prompts.indices.first : message.prompts.indices.last,
            message.prompts[place].role == role
        else {
            message.prompts.insert(PromptContent(role: role, text: text), at: before ? 0 : message.prompts.count)
            return
        }
        let other = message.prompts[place].text
        message.prompts[place].text = other.isEmpty ? text : before ? "\(text)\n\(other)" : "\(other)\n\(text)"
    }

    /// The message's own time, by one of the names that people use for it; nil when it has none.
    func time(_ value: ForeignJSON) throws(Failure) -> Milliseconds? {
        for name in ["timestamp", "created_at", "create_time", "createdAt", "time", "tstamp", "date", "ts"] {
            guard let stamp = value[name], stamp != .null else { continue }
            if let text = stamp.string {
                guard let time = zone.milliseconds(text, needsZone: false) else {
                    throw Failure(what: "has a \"\(name)\" that is no time: \(ImportFile.quoted(text))")
                }
                return time
            }
            guard let number = stamp.number, (0...253_402_300_799_999).contains(number) else {
                throw Failure(what: "has a \"\(name)\" that is no time")
            }
            // Seconds until the year 5138, else milliseconds.
            return Milliseconds(clamping: (number < 100_000_000_000 ? number * 1000 : number).rounded())
        }
        return nil
    }
}
