import Sealing

/// Before any prompt for a passphrase or display of a recovery sheet, a running agent must acknowledge that it is
/// discarding input and screen (DESIGN §4).
enum AgentPrompt {
    static func whileDiscarding<R: ~Copyable>(home: Home, _ body: () throws -> R) async throws -> R { try body() }
}
