import Foundation
import Sealing

/// The formats of other tools' recordings that can be imported.
package enum ImportFormat: String, CaseIterable, Sendable {
    /// AgentNet's JSONL with images beside it, and other trajectories of desktops; or a raw recording of AgentNetTool
    /// or DuckTrack.
    case agentnet
    /// asciinema's asciicast, versions 1 to 3.
    case asciicast
    /// Conversations with people and agents.
    case transcript
    /// Coffer's own record lines.
    case jsonl
    /// ActivityWatch's export of buckets.
    case activitywatch

    /// What people are told would be read.
    var wanted: String {
        switch self {
        case .agentnet:
            "AgentNet, OpenCUA and AgentNetBench tasks, PC Tracker and OSWorld steps, and directories of AgentNetTool or "
                + "DuckTrack are read"
        case .asciicast: "asciicast v1, v2 and v3 are read"
        case .transcript:
            "OpenAI, Anthropic, ShareGPT, FastChat, LlamaFactory and Alpaca conversations, exports of ChatGPT and "
                + "Claude, sessions of Claude Code and OpenHands, and SWE-agent trajectories are read"
        case .jsonl: "Coffer's record lines are read, as `coffer export` writes them"
        case .activitywatch: "ActivityWatch's export of buckets is read"
        }
    }

    /// Reads and checks a whole file.
    func read(_ path: String, _ options: ImportOptions, into sink: any ImportSink) throws(CofferError) {
        let file = ImportFile(path, wanted: wanted)
        switch self {
        case .agentnet: try AgentNetImport.read(file, options, into: sink)
        case .asciicast: try AsciicastImport.read(file, options, into: sink)
        case .transcript: try TranscriptImport.read(file, options, into: sink)
        case .jsonl: try RecordLinesImport.read(file, options, into: sink)
        case .activitywatch: try ActivityWatchImport.read(file, options, into: sink)
        }
    }

    /// Whether a file of this format may lack the time of its start.
    var mayBeRelative: Bool { self != .jsonl && self != .activitywatch }
}
