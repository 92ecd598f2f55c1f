/// What a record is to the step in the making.
enum Outcome: Sendable {
    /// Nothing yet, or no part of any step.
    case none
    /// It belongs to it, and this is what the step now is.
    case joins(Burst.Shape)
    /// It begins the next one.
    case begins(Burst.Shape)
}
