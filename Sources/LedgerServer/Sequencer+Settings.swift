package import Sealing

extension Sequencer {
    package struct Settings: Sendable {
        /// The longest time that statements are pooled. Those that arrive during a turn wait for the next one anyway, so
        /// a longer time makes larger batches only when the machine has nothing to do.
        package var pooling = Duration.milliseconds(10)
        /// The pool is closed earlier if nothing arrives for this time.
        package var settling = Duration.milliseconds(2)
        /// The shortest wait for the other cosigners after a quorum has answered.
        package var grace = Duration.milliseconds(50)
        /// How often an idle checkpoint is cosigned again.
        package var idleInterval: Milliseconds = 60_000
        /// How long to wait after a missing quorum before asking again.
        package var retryInterval: Milliseconds = 2_000
        /// The most statements in one batch.
        package var largestBatch = 256
        /// The most statements in the queue.
        package var longestQueue = 4_096

        package init() {}
    }
}
