import Capture
import Sealing

/// Before a prompt for a passphrase, and before a recovery sheet is shown, a running agent must acknowledge that it
/// discards input and screen. It discards until one second after the prompt ends; the prompt opens one second after the
/// acknowledgement, and never without it (Design, "Prompts").
enum AgentPrompt {
    static func whileDiscarding<R: ~Copyable>(home: Home, _ body: () throws -> R) async throws -> R {
        // Agents of other vaults, and those that start meanwhile, look at this lock.
        let lock = try PromptLock(home.promptLock)
        defer { withExtendedLifetime(lock) {} }
        let discard = try home.agentControl.discard()
        defer { withExtendedLifetime(discard) {} }
        try await Task.sleep(for: .seconds(1))
        return try body()
    }
}
