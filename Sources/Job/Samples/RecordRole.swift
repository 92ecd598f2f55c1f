/// What a record is to the step in the making.
enum RecordRole: Sendable {
    /// Nothing yet, or no part of any step.
    case none
    /// It belongs to it, and this is what the step now is.
    case joins(StepGrouping.Shape)
    /// It begins the next one.
    case begins(StepGrouping.Shape)
}
