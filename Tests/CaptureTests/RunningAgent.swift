import Capture
import CofferTestKit
import Files
import Foundation
import Synchronization
import Testing
import Vault

/// An agent on a thread of its own.
final class RunningAgent: Sendable {
    let home: TemporaryVault
    let control: AgentControl
    private let ended = DispatchSemaphore(value: 0)
    let failure = Mutex<String?>(nil)

    var policyPath: String { home.path + "/capture" }
    var promptLock: String { home.path + "/prompt" }
    var socket: String { home.path + "/agent.sock" }

    init(
        _ policy: CapturePolicy, before: (_ promptLock: String) throws -> Void = { _ in },
        moment: @escaping @Sendable () -> CaptureMoment = CaptureMoment.now,
        space: @escaping @Sendable (String) -> DiskSpace? = { _ in nil },
        makeSource: @escaping @Sendable () throws -> any Source
    ) throws {
        let home = try TemporaryVault()
        self.home = home
        control = AgentControl(socket: home.path + "/agent.sock", vault: home.directory.path)
        try policy.write(home.path + "/capture")
        try before(home.path + "/prompt")
        let ended = ended
        Thread.detachNewThread { [self] in
            defer { ended.signal() }
            do {
                let agent = try Agent(
                    vault: home.directory, policyPath: home.path + "/capture", promptLock: home.path + "/prompt",
                    socket: home.path + "/agent.sock", clock: CaptureClock(), moment: moment, space: space)
                try agent.run(try makeSource(), stopDescriptor: -1)
            } catch {
                failure.withLock { $0 = "\(error)" }
            }
        }
        try eventually("the agent answers") { try control.ask("status") != nil }
    }

    func waitUntil(_ state: Pipeline.CaptureState) throws {
        try eventually("it is \(state.rawValue)") { try self.status().state == state }
    }

    func status() throws -> AgentStatus { try AgentStatus(line: try #require(try control.ask("status"))) }

    func stop() throws {
        _ = try control.ask("stop")
        waitForEnd()
    }

    func waitForEnd() { ended.wait() }
}
