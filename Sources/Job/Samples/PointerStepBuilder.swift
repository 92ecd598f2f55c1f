import Records
import Sealing

/// Turns pointer records into steps: clicks, drags and scrolls.
enum PointerStepBuilder {
    static func take(_ pointer: PointerContent, _ record: TimedRecord, current: StepGrouping?) -> RecordRole {
        let open = current.flatMap { $0.source == record.source ? $0 : nil }
        switch pointer.action {
        case .press(let button): return press(button, pointer, record, open)
        case .release(let button): return release(button, pointer, open)
        case .move: return move(pointer, open)
        case .scroll(let direction, let clicks):
            if let open, open.isOpen(to: record, gap: StepGrouping.Gap.scroll),
                case .scroll(direction, let before, let place) = open.shape
            {
                return .joins(.scroll(direction, clicks: before + clicks, at: place))
            }
            return .begins(.scroll(direction, clicks: clicks, at: pointer))
        }
    }

    private static func press(
        _ button: String, _ pointer: PointerContent, _ record: TimedRecord, _ open: StepGrouping?
    ) -> RecordRole {
        let time = record.record.time
        if case .click(var click) = open?.shape, button == "left", click.button == button, !click.isDown,
            click.times < 3, time >= click.pressed, time - click.pressed <= StepGrouping.Gap.clicks,
            isNear(click.place, pointer)
        {
            click.times += 1
            click.isDown = true
            click.pressed = time
            return .joins(.click(click))
        }
        return .begins(.click(StepGrouping.Click(button: button, place: pointer, pressed: time)))
    }

    private static func move(_ pointer: PointerContent, _ open: StepGrouping?) -> RecordRole {
        switch open?.shape {
        case .click(let click) where click.isDown:
            .joins(isNear(click.place, pointer) ? .click(click) : .drag(click, to: pointer))
        case .drag(let click, _) where click.isDown: .joins(.drag(click, to: pointer))
        default: .none
        }
    }

    private static func release(_ button: String, _ pointer: PointerContent, _ open: StepGrouping?) -> RecordRole {
        switch open?.shape {
        case .click(var click) where click.isDown && click.button == button:
            click.isDown = false
            return .joins(isNear(click.place, pointer) ? .click(click) : .drag(click, to: pointer))
        case .drag(var click, _) where click.isDown && click.button == button:
            click.isDown = false
            return .joins(.drag(click, to: pointer))
        default: return .none
        }
    }

    private static func isNear(_ a: PointerContent, _ b: PointerContent) -> Bool {
        abs(a.x - b.x) <= StepGrouping.clickRadius && abs(a.y - b.y) <= StepGrouping.clickRadius
    }
}
