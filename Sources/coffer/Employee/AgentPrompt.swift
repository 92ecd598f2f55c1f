import Capture
import Sealing

/// Before any prompt for a passphrase or display of a recovery sheet, a running agent must acknowledge that it is
/// discarding input and screen, until one second after; the prompt opens one second after the acknowledgement, and not
/// without it (Design, "Prompts").
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
