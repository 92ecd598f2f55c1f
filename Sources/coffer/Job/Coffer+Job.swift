import ArgumentParser

extension Coffer {
    /// Commands of a training job, which has its own key and reads only what it was granted.
    struct Job: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Request a grant, and open what it allows.",
            discussion: """
                A job asks for kinds, apps and days under one purpose. Reviewers sign the request, which makes it a \
                grant once it is published. `open` then writes samples to stdout; nothing is ever written to a disk.
                """,
            subcommands: [JobInit.self, JobRequest.self, JobOpen.self, JobRun.self, JobDone.self])
    }
}
