import ArgumentParser

/// The `coffer` command: the only program that people install. Each command is a nested type of `Coffer` in a file
/// named after it; there is one folder for each group of users.
///
/// This target may import every other library of the package, and it contains no logic of the protocol: a command reads
/// its options, calls the libraries and prints the result. `Home` knows the paths, `EmployeeContext` and `JobContext`
/// open a person's or a job's machine, `OutputOptions` prints data on stdout and messages on stderr, and
/// `CommandFailure` turns each error into one sentence and an exit code.
///
/// The commands, their exit codes and their JSON objects are described on the page <doc:CommandLine>; tests compare the
/// help texts with snapshots.
struct Coffer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coffer",
        abstract: "An encrypted, local-first capture vault.",
        discussion: """
            Capture is sealed on the device under keys you hold. Brokers release key material only for \
            purpose-bound, consented, logged requests. Auditors replay the log.
            """,
        version: version,
        subcommands: [],
        groupedSubcommands: [
            CommandGroup(name: "Your vault", subcommands: vaultCommands),
            CommandGroup(name: "Training jobs", subcommands: [Job.self]),
            CommandGroup(name: "Auditors", subcommands: [Audit.self]),
            CommandGroup(name: "Running it", subcommands: runningCommands),
        ])

    /// The program's version. What an auditor's machine remembers counts for this version only.
    static let version = "0.1.0"

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
