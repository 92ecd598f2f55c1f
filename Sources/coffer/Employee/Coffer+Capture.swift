import ArgumentParser
import Capture
import Files
import Foundation
import Sealing
import Vault

extension Coffer {
    /// Commands for recording, which is off until the employee turns it on.
    struct Capture: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Turn capture on and off, pause it, see what it does.",
            discussion: """
                Capture is off until you turn it on, and then records only the apps and kinds you name. \
                The agent holds public keys alone and opens no network socket; pausing and turning off need no \
                passphrase.
                """,
            subcommands: [On.self, Off.self, Pause.self, Resume.self, Status.self, Secrets.self, Run.self, Follow.self])
    }
}

/// The options for the kinds and apps that may be captured.
struct CaptureScope: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Apps by the class of their windows, in lower case or, in other letters, as it is (`xprop WM_CLASS` shows it).",
            valueName: "app,…"))
    var apps: CommaList?

    @Option(name: .long, help: ArgumentHelp("Any of keys, pointer, screen, window.", valueName: "kind,…"))
    var kinds: CommaList?

    @Option(name: .long, help: ArgumentHelp("Where input comes from; x11 is the only source so far."))
    var source: String = "x11"

    func parsedApps() throws -> [NamedApp]? {
        try apps?.items.map { item in
            if let app = NamedApp(item) { return app }
            // Says what is wrong with it as a name.
            _ = try AppName(argument: item)
            throw CofferError(.usage, "\(item) is not an app's name.")
        }
    }

    func parsedKinds() throws -> Set<Kind>? {
        guard source == "x11" else {
            throw CofferError(.usage, "The source \(source) is not known.", hint: "The only source is x11.")
        }
        guard let kinds else { return nil }
        return Set(
            try kinds.items.map { name in
                guard let kind = Kind(rawValue: name), CapturePolicy.liveKinds.contains(kind) else {
                    throw CofferError(
                        .usage, "\(name) cannot be captured.", hint: "Kinds are keys, pointer, screen and window.")
                }
                return kind
            })
    }

    /// The policy with these options applied; without any kinds, the kinds are keys, window and screen.
    func applied(to policy: CapturePolicy) throws -> CapturePolicy {
        var policy = policy
        if let apps = try parsedApps() { policy.name(apps) }
        if let kinds = try parsedKinds() { policy.kinds = kinds }
        if policy.kinds.isEmpty { policy.kinds = [.keys, .window, .screen] }
        guard !policy.apps.isEmpty else {
            throw CofferError(
                .usage, "No app is named.",
                hint: "Name the apps that may be recorded, for example --apps code,xterm. No other app is recorded.")
        }
        policy.isOn = true
        return policy
    }
}

extension Home {
    var agentControl: AgentControl { AgentControl(socket: agentSocket, vault: vault) }

    /// What is so about capture here.
    var captureFinding: CaptureFinding {
        CaptureFinding(
            policy: try? CapturePolicy.read(captureConfig), presence: agentControl.presence,
            run: AgentRun.read(agentRun))
    }

    /// One for all vaults of this user, so it does not lie under `COFFER_HOME`.
    var promptLock: String {
        let folder = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"]
        return PromptLock.path(runtimeFolder: folder.flatMap { $0.hasPrefix("/") ? $0 : nil })
    }

    /// The stored capture policy. One that is damaged permits nothing, so a new one can take its place.
    var capturePolicy: CapturePolicy {
        get throws(CofferError) {
            do throws(CofferError) { return try CapturePolicy.read(captureConfig) } catch {
                guard error.rule == CapturePolicy.damaged else { throw error }
                return CapturePolicy()
            }
        }
    }

    /// Stores a stop that the agent knows already. Returns the policy with it, and why it could not be stored.
    func keepStop(_ change: (inout CapturePolicy) -> Void) -> (CapturePolicy, CofferError?) {
        do { return (try changeCapture(change), nil) } catch {
            var policy = (try? capturePolicy) ?? CapturePolicy()
            change(&policy)
            return (policy, error as? CofferError ?? CofferError(.configuration, "The list cannot be written."))
        }
    }

    /// Changes the stored capture policy. A stop has told the agent before, and says what it did if this throws.
    func changeCapture(_ change: (inout CapturePolicy) throws -> Void) throws -> CapturePolicy {
        _ = try VaultDirectory(path: vault)
        try create()
        var policy = try capturePolicy
        try change(&policy)
        // A damaged list is kept beside the new one.
        if (try? CapturePolicy.read(captureConfig)) == nil { rename(captureConfig, captureConfig + ".damaged") }
        try policy.write(captureConfig, reserve: Reserve(config + "/reserve", count: 16_384))
        return policy
    }
}
