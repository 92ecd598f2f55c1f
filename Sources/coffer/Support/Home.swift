import Files
import Foundation
import Sealing
import Vault

/// The paths of Coffer's files (CommandLine, "Files"): the XDG folders, or all under `COFFER_HOME`.
struct Home: Sendable {
    let config: String
    let data: String
    let state: String
    let run: String

    init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        if let root = environment["COFFER_HOME"], !root.isEmpty {
            config = root + "/config"
            data = root + "/data"
            state = root + "/state"
            run = root + "/run"
            return
        }
        guard let user = environment["HOME"], user.hasPrefix("/") else {
            throw CofferError(
                .configuration, "Neither COFFER_HOME nor HOME is set.", hint: "Set COFFER_HOME to a folder.")
        }
        // The specification of these folders has a path that is not absolute ignored.
        func xdg(_ name: String) -> String? { environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil } }
        config = (xdg("XDG_CONFIG_HOME") ?? user + "/.config") + "/coffer"
        data = (xdg("XDG_DATA_HOME") ?? user + "/.local/share") + "/coffer"
        state = (xdg("XDG_STATE_HOME") ?? user + "/.local/state") + "/coffer"
        run = (xdg("XDG_RUNTIME_DIR").map { $0 + "/coffer" }) ?? state + "/run"
    }

    /// The identity under its passphrase.
    var identity: String { data + "/identity" }
    var vault: String { data + "/vault" }
    /// The revocation card that `consent` writes, to be kept off this machine.
    var revocationCard: String { data + "/revocation-card" }
    var vaultLock: String { VaultLock.path(vault: vault) }
    /// Origin, charter hash and ledger URL, pinned at `init`.
    var pins: String { data + "/pins" }
    /// The signed charter that was pinned.
    var charter: String { data + "/charter" }
    /// The database of the followed ledger.
    var ledgerDatabase: String { state + "/ledger.db" }
    /// The newest checkpoint that was ever followed.
    var newestCheckpoint: String { state + "/newest-checkpoint" }
    /// The directory for evidence of forks.
    var evidence: String { state + "/evidence" }
    var agentSocket: String { run + "/agent.sock" }
    /// How the latest agent fares (`AgentRun`).
    var agentRun: String { state + "/agent" }
    var keyholderSocket: String { run + "/keyholder.sock" }
    /// The capture policy: apps, kinds, on or off. Not encrypted: it names what is permitted, never what happened.
    var captureConfig: String { config + "/capture" }

    /// Throws if an identity exists; an identity is never overwritten.
    func requireNoIdentity() throws {
        let files = FileManager.default
        guard !files.fileExists(atPath: identity), !files.fileExists(atPath: vault + "/public") else {
            throw CofferError(
                .configuration, "This machine already has an identity.",
                hint: "It was not changed; see `coffer status`.")
        }
    }

    /// Throws if a socket's path would be too long for the system. Found before anything is made that needs it.
    func requireShortSockets() throws(CofferError) {
        for path in [agentSocket, keyholderSocket] { try LocalSocket.requireShort(path) }
    }

    /// Creates the folders, for this user only.
    func create() throws {
        for folder in [config, data, state, run, evidence] {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw CofferError(
                    .configuration, "The folder \(folder) cannot be made.",
                    hint: "Check its parent's permissions and space.")
            }
        }
    }
}
