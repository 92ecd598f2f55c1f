import ArgumentParser

/// The root command: configuration only.
@main
struct Coffer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coffer", abstract: "An encrypted, local-first capture vault.")
}
