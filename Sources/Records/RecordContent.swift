/// Module Records: the contents of recordings, as capture writes them and as the vault and a job read them.
///
/// It imports Sealing, `CLinux`, `CZlib`, `CZstd`, `CISAL`, `CPNG`, `CJPEG` and `CWebP`. It is pure: no clock, no files, no network.
///
/// `RecordContent` is a record's content by kind: `KeyContent`, `PointerContent`, `WindowContent`, `PromptContent`,
/// `TerminalContent`, and `TileSet` for the screen. `SecretRemoval` takes secrets out of them before they are sealed. `TileEncoder` turns frames into tile sets, `ScreenPlayback` turns
/// them back into `ScreenFrame`s, `PictureForm` writes a frame as a picture.
///
/// Promises: parsing is strict, with exactly the kind's members in order; sizes are checked before memory is allocated;
/// the pixels of a frame are left out of core dumps and wiped when it is freed.
package import Sealing

/// A record's content, by its kind.
package enum RecordContent: Hashable, Sendable {
    case keys(KeyContent)
    case pointer(PointerContent)
    case screen(TileSet)
    case window(WindowContent)
    case prompt(PromptContent)
    case terminal(TerminalContent)
    /// A step or a task of an imported trajectory, in a record of keys, pointer or prompt.
    case step(StepContent)
    /// The place of keys that typed a secret.
    case removed(RemovedContent)

    /// Parses strictly: exactly the kind's members, in their order.
    package init(_ record: Record, kind: Kind) throws(FormatError) { self = try Self.parse(record, kind: kind).content }

    /// The content and the mark of the recording that the record was imported with.
    package static func parse(_ record: Record, kind: Kind) throws(FormatError)
        -> (content: RecordContent, mark: RecordingMark?)
    {
        guard (record.tiles != nil) == (kind == .screen) else { throw .notCanonical }
        if StepContent.isStep(record.json, kind: kind) {
            let (step, mark) = try StepContent.parse(record.json, kind: kind)
            return (.step(step), mark)
        }
        var mark: RecordingMark?
        let content: RecordContent =
            switch kind {
            case .keys where RemovedContent.isRemoved(record.json, kind: kind):
                .removed(try RemovedContent(parsing: record.json, mark: &mark))
            case .keys: .keys(try KeyContent(parsing: record.json, mark: &mark))
            case .pointer: .pointer(try PointerContent(parsing: record.json, mark: &mark))
            case .screen: .screen(try TileSet(parsing: record.json, compressed: record.tiles ?? [], mark: &mark))
            case .window: .window(try WindowContent(parsing: record.json, mark: &mark))
            case .prompt: .prompt(try PromptContent(parsing: record.json, mark: &mark))
            case .terminal: .terminal(try TerminalContent(parsing: record.json, mark: &mark))
            }
        return (content, mark)
    }

    package var kind: Kind {
        switch self {
        case .keys: .keys
        case .pointer: .pointer
        case .screen: .screen
        case .window: .window
        case .prompt: .prompt
        case .terminal: .terminal
        case .step(let content): content.kind
        case .removed: .keys
        }
    }

    package func record(at time: Milliseconds, mark: RecordingMark? = nil) -> Record {
        switch self {
        case .keys(let content): Record(time: time, object: content.object, mark: mark)
        case .pointer(let content): Record(time: time, object: content.object, mark: mark)
        case .screen(let tiles): Record(time: time, object: tiles.object, mark: mark, tiles: tiles.compressed)
        case .window(let content): Record(time: time, object: content.object, mark: mark)
        case .prompt(let content): Record(time: time, object: content.object, mark: mark)
        case .terminal(let content): Record(time: time, object: content.object, mark: mark)
        case .step(let content): Record(time: time, object: content.object, mark: mark)
        case .removed(let content): Record(time: time, object: content.object, mark: mark)
        }
    }
}
