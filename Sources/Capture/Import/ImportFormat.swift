import Sealing

/// The formats of other tools' recordings that can be imported.
package enum ImportFormat: String, CaseIterable, Sendable {
    /// AgentNet's JSONL with images beside it, or a raw recording of AgentNetTool or DuckTrack.
    case agentnet
    /// asciinema's asciicast v2.
    case asciicast
    /// SWE-agent's .traj, or ShareGPT and FastChat conversations.
    case transcript
    /// Coffer's own record lines.
    case jsonl

    /// Reads and checks a whole file. `app` replaces the recording's app, or names it where the recording has none.
    func read(_ path: String, app: AppName?) throws(CofferError) -> Recording {
        switch self {
        case .agentnet: try AgentNetImport.read(path, app: app)
        case .asciicast: try AsciicastImport.read(path, app: app)
        case .transcript: try TranscriptImport.read(path, app: app)
        case .jsonl: try RecordLinesImport.read(path, app: app)
        }
    }
}
