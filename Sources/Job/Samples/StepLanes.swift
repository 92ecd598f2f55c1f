import Records
import Sealing

/// What is open of one recording, or of live capture: nothing of one recording joins, ends or shows in another's steps.
struct StepLanes: Sendable {
    var screens: [AppName: AppScreen] = [:]
    var keys: [AppName: KeyStepBuilder] = [:]
    /// The current step of keys and pointer, and that of prompts and terminals, which are independent.
    var hands: OpenStep?
    var words: OpenStep?
    /// The other members of an imported task, as JSON.
    var task: String?
    /// The number of the imported step whose derived records come now.
    var step: Int?
    /// The time of the newest record, and whether the recording's end was among its records.
    var newest: Milliseconds = 0
    var hasEnded = false

    struct OpenStep: Sendable {
        var grouping: StepGrouping
        /// The order in which steps of one time began.
        let order: Int
    }

    /// When the earliest step that is open, or that a held modifier may begin, began; nil without such a step.
    var earliest: (time: Milliseconds, order: Int)? {
        var bounds = [hands, words].compactMap { $0.map { ($0.grouping.start, $0.order) } }
        bounds += keys.values.compactMap { $0.pending.first.map { ($0.record.record.time, 0) } }
        return bounds.min { $0 < $1 }
    }
}
