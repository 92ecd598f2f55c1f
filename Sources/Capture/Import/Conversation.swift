import Records
import Sealing

/// A conversation in one of the shapes that hold all of its messages:
///
///     OpenAI, Anthropic      {"messages":[{"role","content"}]}, Anthropic with "system" beside it
///     SWE-agent              {"history":[{"role","content"}]} or {"trajectory":[{"action","observation"}]}
///     ShareGPT, LlamaFactory {"conversations":[{"from","value"}]}, "system" and "images" beside it
///     Alpaca                 {"instruction","input","output","history":[[question, answer]]}
///     FastChat               {"turns":[…]}; a server's log: {"tstamp","state":{"roles","messages":[[role, text]]}}
///     Chatbot Arena          {"conversation_a","conversation_b"}
///     ChatGPT's export       {"mapping","current_node"}
///     Claude's export        {"chat_messages":[{"sender","text","content"}]}
struct Conversation {
    var messages: [Message]
    var start: Milliseconds?
    /// The name of the conversation in a log whose later lines repeat its messages.
    var log: String?
    var passed: [String] = []

    /// The conversations of a value; nil when it has another shape.
    static func all(_ value: ForeignJSON, _ parts: MessageParts) throws(MessageParts.Failure) -> [Conversation]? {
        if let mapping = value["mapping"]?.members { return [try chatGPT(value, mapping, parts)] }
        if let messages = value["chat_messages"]?.array { return [try claude(value, messages, parts)] }
        if let a = value["conversation_a"]?.array, let b = value["conversation_b"]?.array {
            return [Conversation(messages: try parts.messages(a)), Conversation(messages: try parts.messages(b))]
        }
        if value["state"] != nil || value["states"] != nil { return try fastChat(value, parts) }
        if value["chosen"] != nil, value["rejected"] != nil {
            throw MessageParts.Failure(what: "has \"chosen\" and \"rejected\" answers, which are no conversation")
        }
        if let history = value["history"]?.array, value["instruction"] == nil, value["prompt"] == nil {
            return [try agent(history, value, parts)]
        }
        for name in ["messages", "conversations", "conversation"] {
            if let turns = value[name]?.array { return [try plain(turns, value, parts)] }
        }
        if let turns = value["turns"]?.array {
            return [Conversation(messages: try texts(turns.map { (.user, $0) }, parts))]
        }
        if let steps = value["trajectory"]?.array { return [try agent(steps, value, parts)] }
        return try alpaca(value, parts).map { [$0] }
    }

    private static func plain(_ turns: [ForeignJSON], _ value: ForeignJSON, _ parts: MessageParts)
        throws(MessageParts.Failure) -> Conversation
    {
        var conversation = Conversation(messages: try parts.messages(turns), start: try? parts.time(value))
        // The answer may stand beside the question.
        for choice in value["choices"]?.array ?? [] {
            if let answer = choice["message"] { conversation.messages.append(try parts.message(answer)) }
        }
        if let system = value["system"], system != .null {
            let message = try parts.message(.system, system)
            if !message.isEmpty { conversation.messages.insert(message, at: 0) }
        }
        for name in ["images", "videos", "audios"] {
            for file in (value[name]?.array ?? value[name]?.string.map { [.string($0)] }) ?? [] {
                let text = "[\(name.dropLast()): \(file.string ?? MessageParts.media(file))]"
                if let first = conversation.messages.firstIndex(where: { $0.prompts.last?.role == .user }) {
                    MessageParts.join(text, before: false, to: &conversation.messages[first], .user)
                }
            }
        }
        for name in ["tools", "functions"] where value[name] != nil && value[name] != .null {
            conversation.passed.append("list of \(name)")
        }
        return conversation
    }

    private static func texts(_ turns: [(PromptContent.Role, ForeignJSON)], _ parts: MessageParts)
        throws(MessageParts.Failure) -> [Message]
    {
        var messages: [Message] = []
        for (number, turn) in turns.enumerated() {
            do throws(MessageParts.Failure) { messages.append(try parts.message(turn.0, turn.1)) } catch {
                throw MessageParts.Failure(message: number + 1, what: error.what)
            }
        }
        return messages
    }

    /// Steps of an agent: messages, events of OpenHands, or actions with what they showed.
    private static func agent(_ steps: [ForeignJSON], _ value: ForeignJSON, _ parts: MessageParts)
        throws(MessageParts.Failure) -> Conversation
    {
        var conversation = Conversation(messages: [])
        // OpenHands wrote pairs of an action and what it showed.
        let steps = steps.flatMap { $0.array ?? [$0] }
        for (number, step) in steps.enumerated() {
            do throws(MessageParts.Failure) {
                if step["role"] != nil {
                    conversation.messages.append(try parts.message(step))
                } else if let event = try SessionEvent(step, parts.zone) {
                    switch event.content {
                    case .passed(let what): conversation.passed.append(what)
                    case .messages(let messages): conversation.messages += messages
                    }
                } else {
                    conversation.messages += try action(step, parts)
                }
            } catch { throw MessageParts.Failure(message: error.message ?? number + 1, what: error.what) }
        }
        return conversation
    }

    /// SWE-agent's step: what the model wrote, and what its action showed.
    private static func action(_ step: ForeignJSON, _ parts: MessageParts) throws(MessageParts.Failure) -> [Message] {
        guard let action = step["response"]?.string ?? step["action"]?.string else {
            throw MessageParts.Failure(what: "has no \"role\", \"response\" or \"action\"")
        }
        var messages = [try parts.message(.assistant, .string(action))]
        if let thought = step["thought"]?.string, !thought.isEmpty, !action.contains(thought) {
            MessageParts.join(thought, before: true, to: &messages[0], .assistant)
        }
        if let observation = step["observation"], observation != .null {
            messages.append(try parts.message(.tool, observation))
        }
        return messages
    }

    private static func alpaca(_ value: ForeignJSON, _ parts: MessageParts) throws(MessageParts.Failure)
        -> Conversation?
    {
        guard let question = value["instruction"]?.string ?? value["prompt"]?.string,
            let answer = value["output"]?.string ?? value["completion"]?.string ?? value["response"]?.string
        else { return nil }
        var turns: [(PromptContent.Role, ForeignJSON)] = []
        if let system = value["system"]?.string, !system.isEmpty { turns.append((.system, .string(system))) }
        for pair in value["history"]?.array ?? [] {
            guard let pair = pair.array, pair.count == 2 else {
                throw MessageParts.Failure(what: "has a \"history\" that is not of pairs")
            }
            turns += [(.user, pair[0]), (.assistant, pair[1])]
        }
        let input = value["input"]?.string ?? ""
        turns.append((.user, .string(input.isEmpty ? question : "\(question)\n\(input)")))
        turns.append((.assistant, .string(answer)))
        return Conversation(messages: try texts(turns, parts))
    }

    /// A line of a FastChat server's log, which holds the conversation so far; two of them where two models answered.
    private static func fastChat(_ value: ForeignJSON, _ parts: MessageParts) throws(MessageParts.Failure)
        -> [Conversation]
    {
        var conversations: [Conversation] = []
        for (number, state) in (value["states"]?.array ?? [value["state"] ?? .null]).enumerated() {
            guard let turns = state["messages"]?.array else {
                throw MessageParts.Failure(what: "has a \"state\" without \"messages\"")
            }
            let user = state["roles"]?.array?.first?.string
            var all: [(PromptContent.Role, ForeignJSON)] = []
            var passed: [String] = []
            if let system = state["system_message"]?.string, !system.isEmpty { all.append((.system, .string(system))) }
            for (index, turn) in turns.enumerated() {
                guard let turn = turn.array, turn.count == 2, let name = turn[0].string else {
                    throw MessageParts.Failure(message: index + 1, what: "is not [role, text]")
                }
                guard turn[1] != .null else {
                    passed.append("answer that was not given")
                    continue
                }
                let isUser = user.map { $0 == name } ?? (MessageParts.role(name) == .user)
                all.append((isUser ? .user : .assistant, Self.withPictures(turn[1])))
            }
            var conversation = Conversation(messages: try texts(all, parts), start: try parts.time(value))
            conversation.log = state["conv_id"]?.string.map { "\($0) \(number)" }
            conversation.passed = passed
            conversations.append(conversation)
        }
        return conversations
    }

    /// A text, or [text, [pictures]].
    private static func withPictures(_ value: ForeignJSON) -> ForeignJSON {
        guard let pair = value.array, pair.count == 2, let text = pair[0].string, let pictures = pair[1].array else {
            return value
        }
        let names = pictures.map { "[image: \(($0.string?.count ?? 999) < 256 ? $0.string ?? "" : "without a name")]" }
        return .string(([text] + names).joined(separator: "\n"))
    }

    private static func claude(_ value: ForeignJSON, _ messages: [ForeignJSON], _ parts: MessageParts)
        throws(MessageParts.Failure) -> Conversation
    {
        Conversation(messages: try parts.messages(messages), start: try? parts.time(value))
    }

    /// The branch that ends at the current node; the others are passed over.
    private static func chatGPT(_ value: ForeignJSON, _ mapping: [ForeignJSON.Member], _ parts: MessageParts)
        throws(MessageParts.Failure) -> Conversation
    {
        let nodes = Dictionary(mapping.map { ($0.name, $0.value) }) { _, last in last }
        var branch: [String] = []
        var seen: Set<String> = []
        var next = value["current_node"]?.string ?? mapping.last { $0.value["children"]?.array?.isEmpty == true }?.name
        while let name = next, let node = nodes[name], seen.insert(name).inserted {
            branch.append(name)
            next = node["parent"]?.string
        }
        var conversation = Conversation(messages: [], start: try? parts.time(value))
        for (number, name) in branch.reversed().enumerated() {
            guard let message = nodes[name]?["message"], message != .null else { continue }
            do throws(MessageParts.Failure) {
                let found = try chatGPT(message, parts)
                if found.isEmpty {
                    conversation.passed.append("empty message")
                } else {
                    conversation.messages.append(found)
                }
            } catch { throw MessageParts.Failure(message: number + 1, what: error.what) }
        }
        for node in mapping where !seen.contains(node.name) && node.value["message"].map({ $0 != .null }) == true {
            conversation.passed.append("message of another branch")
        }
        return conversation
    }

    private static func chatGPT(_ message: ForeignJSON, _ parts: MessageParts) throws(MessageParts.Failure) -> Message {
        guard let name = message["author"]?["role"]?.string, let role = MessageParts.role(name) else {
            throw MessageParts.Failure(
                what: "has the unknown role \(ImportFile.quoted(message["author"]?["role"]?.string ?? ""))")
        }
        let content = message["content"] ?? .null
        var found: Message
        switch content["content_type"]?.string {
        case "text", "multimodal_text": found = try parts.message(role, content["parts"] ?? .null)
        case "code", "execution_output", "system_error", "tether_quote":
            found = try parts.message(role, content["text"] ?? .null)
        case "reasoning_recap": found = try parts.message(role, content["content"] ?? .null)
        case "thoughts":
            let thoughts = (content["thoughts"]?.array ?? []).compactMap {
                $0["content"]?.string ?? $0["summary"]?.string
            }
            found = try parts.message(role, .string(MessageParts.thought(thoughts.joined(separator: "\n"))))
        // Another type of content is kept as it is.
        default: found = content == .null ? Message() : try parts.message(role, .string(content.text))
        }
        if found.prompts.allSatisfy({ $0.text.isEmpty }) { found.prompts = [] }
        found.time = try parts.time(message)
        return found
    }
}
