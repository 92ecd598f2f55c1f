import Capture
import Sealing

/// Before a prompt for a passphrase, and before a recovery sheet is shown, a running agent must acknowledge that it
/// discards input and screen. It discards until one second after the prompt ends; the prompt opens one second after the
/// acknowledgement, and never without it (Design, "Prompts").
enum AgentPrompt {
    static func whileDiscarding<R: ~Copyable>(home: Home, _ body: () throws -> R) async throws -> R {
        let control = AgentControl(socket: home.agentSocket, vault: home.vault)
        guard let discard = try control.discard() else { return try body() }
        try await Task.sleep(for: .seconds(1))
        let result = try body()
        withExtendedLifetime(discard) {}
        return result
    }
}
