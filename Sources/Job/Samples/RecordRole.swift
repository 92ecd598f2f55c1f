/// What a record means for the current step.
enum RecordRole: Sendable {
    /// It is not part of a step, or not yet.
    case none
    /// It belongs to the current step, which now has this shape.
    case joins(StepGrouping.Shape)
    /// Its text belongs to the current step, after the text that the step has.
    case goesOn(String)
    /// It begins the next step.
    case begins(StepGrouping.Shape)
}
