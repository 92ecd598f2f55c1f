import Capture
import Foundation
import Sealing

/// Before any prompt for a passphrase or display of a recovery sheet, a running agent must acknowledge that it is
/// discarding input and screen, until one second after; the prompt opens one second after the acknowledgement, and not
/// without it (DESIGN §4).
enum AgentPrompt {
    static func whileDiscarding<R: ~Copyable>(home: Home, _ body: () throws -> R) async throws -> R {
        guard let control = try AgentControl.ifRunning(socket: home.agentSocket) else { return try body() }
        let discarding = try control.discard()
        defer { discarding.end() }
        try await Task.sleep(for: .seconds(1))
        return try body()
    }
}
