import ArgumentParser

/// The root command: configuration only.
struct Coffer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coffer",
        abstract: "An encrypted, local-first capture vault.",
        discussion: """
            Capture is sealed on the device under keys you hold. Brokers release key material only for \
            purpose-bound, consented, logged requests. Auditors replay the log.
            """,
        version: "0.1.0",
        subcommands: [],
        groupedSubcommands: [
            CommandGroup(name: "Your vault", subcommands: vaultCommands),
            CommandGroup(name: "Training jobs", subcommands: [Job.self]),
            CommandGroup(name: "Auditors", subcommands: [Audit.self]),
            CommandGroup(name: "Running it", subcommands: runningCommands),
        ])

    private static let vaultCommands: [any ParsableCommand.Type] = [
        Capture.self,
        Import.self,
        Init.self, Status.self, Doctor.self, Unlock.self, Lock.self, List.self, Show.self, Remove.self, Redact.self,
        Export.self, Purposes.self, GiveConsent.self, Consents.self, RevokeConsent.self, Sync.self, History.self,
        EraseOffered.self, Key.self, RunKeyholder.self,
    ]

    private static let runningCommands: [any ParsableCommand.Type] = [
        Org.self,
        Serve.self,
        DrillCommand.self,
    ]
}
